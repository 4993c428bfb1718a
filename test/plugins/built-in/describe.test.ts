import { beforeAll, describe, expect, it } from "vitest";
import type { PluginStatus } from "../../../src/plugins/plugin-set.ts";
import { type Bench, errorOf } from "../../methods/bench.ts";
import { ALL_OFF, createBuiltInBench } from "./bench.ts";

const PLUGINS: PluginStatus[] = [
  { name: "hubhand", kind: "built-in", up: true, version: "1.2.3" },
  { name: "valve", kind: "module", up: false, problem: "no bus" },
];

let bench: Bench;

beforeAll(async () => {
  bench = await createBuiltInBench(() => ({ plugins: () => PLUGINS }), {
    ...ALL_OFF,
    ping: true,
    describe: true,
  });
  bench.define("open", () => 1, {
    plugin: "valve",
    description: "Opens it.",
    schema: { type: "object" },
    replySchema: { type: "number" },
    timeout: 5_000,
    concurrency: 1,
    queue: 0,
  });
});

describe("hubhand.ping", () => {
  it.each([[{ a: [1] }], ["text"], [null], [7]])("tells version, uptime and echoes %j", async (payload) => {
    const reply = await bench.call("hubhand.ping", JSON.stringify(payload)).reply;
    expect(reply).toMatchObject({
      status: 200,
      body: { version: "1.2.3", uptimeSeconds: expect.any(Number), echo: payload },
    });
  });

  it("no payload is echoed as null", async () => {
    expect((await bench.call("hubhand.ping").reply).body).toMatchObject({ echo: null });
  });
});

describe("hubhand.describe", () => {
  it("tells every method with schemas and limits, and the plugins with their problems", async () => {
    const { status, body } = await bench.call("hubhand.describe").reply;
    expect(status).toBe(200);
    const description = body as { methods: Record<string, unknown> };
    expect(description).toMatchObject({ version: "1.2.3", plugins: PLUGINS });
    expect(Object.keys(description.methods)).toEqual(["hubhand.describe", "hubhand.ping", "open"]);
    expect(description.methods.open).toEqual({
      plugin: "valve",
      description: "Opens it.",
      schema: { type: "object" },
      replySchema: { type: "number" },
      timeoutMs: 5_000,
      concurrency: 1,
      queue: 0,
    });
  });

  it("or the one that is asked for", async () => {
    const { body } = await bench.call("hubhand.describe", { method: "open" }).reply;
    expect(Object.keys((body as { methods: object }).methods)).toEqual(["open"]);
  });

  it("a method that there is not is 404, with those there are", async () => {
    const reply = await bench.call("hubhand.describe", { method: "close" }).reply;
    expect(reply.status).toBe(404);
    expect(errorOf(reply)).toEqual({
      code: "METHOD_NOT_FOUND",
      message: 'this device has no method "close"',
      details: { methods: ["hubhand.describe", "hubhand.ping", "open"] },
    });
  });

  it("a payload that it does not know is refused", async () => {
    expect((await bench.call("hubhand.describe", { methods: ["open"] }).reply).status).toBe(400);
    expect((await bench.call("hubhand.describe", '"open"').reply).status).toBe(400);
  });
});

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { sample } from "../../support/prometheus/samples.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { daemon } from "../daemon/daemons.ts";
import { NODE, openPluginFolder } from "../folder.ts";
import { startService } from "../http/bench.ts";

const cleanUp = cleanUpAfterEach();

const GIVEN = { messageId: "m-1", correlationId: "c-1", properties: { type: "valve", room: "küche" } };

/** Tells what it got as telemetry; what says "fail" fails the first time. */
const TAKER = `export default {
  messages: {
    valve: {
      schema: { type: "object" },
      handler(payload, { telemetry, plugin, name, message, attempt, signal }) {
        if (payload.fail && attempt === 1) throw new Error("stuck");
        return telemetry.send({ payload, plugin, name, message, attempt, aborted: signal.aborted });
      },
    },
    "*": (payload, { telemetry, attempt }) => telemetry.send({ payload, isBytes: payload instanceof Uint8Array, attempt }),
  },
};`;

describe.each(["false", '"thread"', '"process"'])("a module (isolate: %s)", (isolate) => {
  it("takes messages with all that is known of them", async () => {
    const { deliver, telemetry, metrics } = await openPluginFolder(cleanUp, {
      "taker.mjs": TAKER.replace("{", `{ isolate: ${isolate},`),
    });
    await deliver('{"on":true}', GIVEN);
    await deliver('{"fail":true}', { properties: { type: "valve" } });
    await deliver(new Uint8Array([255, 0, 1]), { contentType: "application/octet-stream" });
    await deliver("ON");
    expect(telemetry.sent.map(({ body }) => body)).toMatchObject([
      { payload: { on: true }, plugin: "taker", name: "valve", message: GIVEN, attempt: 1, aborted: false },
      { payload: { fail: true }, attempt: 2 },
      { isBytes: true, attempt: 1 },
      { payload: "ON", isBytes: false },
    ]);
    const count = (outcome: string) =>
      sample(metrics.registry, "hubhand_messages_total", { direction: "cloud_to_device", outcome });
    expect([await count("ok"), await count("failed")]).toEqual([4, 1]);
    const handled = (handler: string) =>
      sample(metrics.registry, "hubhand_message_duration_seconds_count", { handler });
    expect([await handled("valve"), await handled("*")]).toEqual([3, 2]);
  });
});

it("a daemon is told of messages a line each, and its reply says that one is handled", async () => {
  const { deliver, telemetry } = await openPluginFolder(cleanUp, {
    "taker.plugin.yaml":
      "command: ./taker.cjs\nmode: daemon\nmessages: { valve: { schema: { type: object } }, '*': {} }\n",
    "taker.cjs": daemon(
      `const { type, payload, base64, attempt } = message;
       if (type === "cancel") return;
       if (payload?.fail === attempt) return send({ type: "error", id: message.id, message: "stuck" });
       if (payload?.refuse === attempt) return reply(message, null, 400);
       send({ type: "telemetry", body: message });
       reply(message);`,
    ),
  });
  await deliver('{"fail":1}', GIVEN);
  await deliver('{"refuse":1}', GIVEN);
  await deliver(new Uint8Array([255, 0]));
  await waitUntil("all are told", () => telemetry.sent.length === 3);
  expect(telemetry.sent.map(({ body }) => body)).toMatchObject([
    { type: "message", name: "valve", payload: { fail: 1 }, message: GIVEN, attempt: 2, timeoutMs: 30_000 },
    { payload: { refuse: 1 }, attempt: 2 },
    { name: "*", payload: null, base64: "/wA=" },
  ]);
});

it("a program gets a message as it was sent on its standard input, and has handled it when it exits with 0", async () => {
  const { deliver, directory } = await openPluginFolder(cleanUp, {
    "taker.plugin.yaml": "command: ./taker.cjs\nmessages:\n  valve:\n  '*': { concurrency: 1 }\n",
    "taker.cjs": `${NODE}
      const { appendFileSync, readFileSync } = require("node:fs");
      const { HUBHAND_MESSAGE: name, HUBHAND_ATTEMPT: attempt, HUBHAND_METHOD: method } = process.env;
      const input = readFileSync(0);
      const { message, messageId, properties, settings } = JSON.parse(readFileSync(3, "utf8"));
      if (input.toString() === "fail" && attempt === "1") process.exit(3);
      appendFileSync("got", JSON.stringify({ name, attempt, method, input: input.toString("latin1"), message, messageId, properties, settings }) + "\\n");
      `,
  });
  await deliver('{"on":true}', GIVEN);
  await deliver("fail");
  await deliver(new Uint8Array([255, 0]), { contentType: "application/octet-stream" });
  const lines = (await readFile(path.join(directory, "got"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      name: "valve",
      attempt: "1",
      input: '{"on":true}',
      message: "valve",
      messageId: "m-1",
      properties: GIVEN.properties,
      settings: {},
    },
    { name: "*", attempt: "2", input: "fail", message: "*", properties: {}, settings: {} },
    { name: "*", attempt: "1", input: "\u00ff\u0000", message: "*", properties: {}, settings: {} },
  ]);
});

it("a service is POSTed a message, and has handled it when it answers 2xx", async () => {
  const service = await startService(cleanUp, (response, { headers }) => {
    response.statusCode = headers["hubhand-attempt"] === "1" ? 500 : 204;
    response.end();
  });
  const { deliver } = await openPluginFolder(cleanUp, {
    "side.plugin.yaml": `url: ${service.url}/do/{method}\nmessages: { valve: {}, '*': {} }\n`,
  });
  await deliver('{"on":true}', GIVEN);
  await deliver("ON");
  await deliver("bytes", { contentType: "image/png" });
  const good = service.requests.filter(({ headers }) => headers["hubhand-attempt"] === "2");
  expect(service.requests).toHaveLength(6);
  expect(good[0]).toMatchObject({
    url: "/do/valve",
    body: '{"on":true}',
    headers: {
      "content-type": "application/json",
      "hubhand-plugin": "side",
      "hubhand-message": "valve",
      "hubhand-message-id": "m-1",
      "hubhand-correlation-id": "c-1",
      "hubhand-message-properties": "type=valve&room=k%C3%BCche",
      "hubhand-timeout-ms": "30000",
    },
  });
  expect(good[1]).toMatchObject({ body: "ON", headers: { "content-type": "text/plain; charset=utf-8" } });
  expect(good[2]).toMatchObject({ body: "bytes", headers: { "content-type": "image/png" } });
});

it("a message that comes while its plugin is replaced or restarted is handled by the one that follows", async () => {
  const taker = (version: string, more = ""): string =>
    `import { existsSync } from "node:fs"; export default { messages: { "*": async (payload, { telemetry }) => {
      ${more}
      await telemetry.send("${version} " + payload);
    } } };`;
  const first = {
    "taker.mjs": taker(
      "first",
      `while (!existsSync(new URL("go", import.meta.url))) await new Promise((resolve) => setTimeout(resolve, 5));`,
    ),
  };
  const { deliver, telemetry, set, directory } = await openPluginFolder(cleanUp, first, { isolate: false });
  const file = path.join(directory, "taker.mjs");
  const one = deliver("1");
  const two = deliver("2");
  await writeFile(file, taker("second"));
  await set.reload([file]);
  await writeFile(path.join(directory, "go"), "");
  await Promise.all([one, two]);
  expect(telemetry.sent.map(({ body }) => body)).toEqual(["first 1", "second 2"]);

  const restarted = set.restart("taker");
  await deliver("3");
  await restarted;
  expect(telemetry.sent.at(-1)?.body).toBe("second 3");
});

it("two plugins cannot take the same messages: the second is broken, and says why", async () => {
  const { status } = await openPluginFolder(cleanUp, { "a.mjs": TAKER, "b.mjs": TAKER }, { isolate: false });
  expect(status("a")?.up).toBe(true);
  expect(status("b")).toMatchObject({
    up: false,
    problem: 'messages "valve" have a handler already, of plugin "a"',
  });
});

it("what is no handler of messages is refused, with the place and what was expected", async () => {
  const wrong = {
    extra: ["{ valve: { handler() {}, handlers() {} } }", "messages.valve has an unknown key"],
    lacking: ["{ valve: {} }", "messages.valve must have required property 'handler'"],
    long: [
      '{ valve: { timeout: "25h", handler() {} } }',
      'messages.valve.timeout is "25h"; an attempt may take 24h at most',
    ],
    named: ['{ "a b"() {} }', 'messages: "a b" cannot be a name'],
  };
  const files = Object.entries(wrong).map(([name, [messages]]) => [
    `${name}.mjs`,
    `export default { messages: ${messages} };`,
  ]);
  const { status } = await openPluginFolder(cleanUp, Object.fromEntries(files), { isolate: false });
  for (const [name, [, problem]] of Object.entries(wrong)) expect(status(name)?.problem).toContain(problem);
});

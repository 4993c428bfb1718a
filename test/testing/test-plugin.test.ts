import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { definePlugin } from "../../src/index.ts";
import { testPlugin } from "../../src/testing/index.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const relay = definePlugin<{ pin: number }>({
  settings: {
    type: "object",
    additionalProperties: false,
    properties: { pin: { type: "integer", default: 17 } },
  },
  methods: {
    "relay.set": {
      schema: { type: "object", required: ["on"], properties: { on: { type: "boolean" } } },
      timeout: "200ms",
      handler(payload, { settings, log }) {
        log.info({ on: payload.on }, "switched");
        return { pin: settings.pin, on: payload.on };
      },
    },
    "relay.hang": { timeout: "50ms", handler: () => new Promise(() => {}) },
    "relay.refuse": (_, { reply }) => reply(409, "held"),
  },
  tasks: { nightly: { cron: "0 3 * * *", run: ({ log }) => log.info("off for the night") } },
});

describe("a definition", () => {
  it("is called under the agent's rules: settings, schema, time, one reply, the log", async () => {
    await using plugin = await testPlugin(relay, { settings: { pin: 27 } });
    expect(plugin.methods).toEqual(["relay.set", "relay.hang", "relay.refuse"]);
    expect(await plugin.call("relay.set", { on: true })).toEqual({
      status: 200,
      payload: { pin: 27, on: true },
    });
    expect(await plugin.call("relay.set", { on: "yes" })).toMatchObject({
      status: 400,
      payload: { error: { code: "PAYLOAD_INVALID", details: { path: "/on" } } },
    });
    expect((await plugin.call("relay.hang")).payload.error.code).toBe("METHOD_TIMED_OUT");
    expect(await plugin.call("relay.refuse")).toEqual({ status: 409, payload: "held" });
    expect((await plugin.call("relay.get")).status).toBe(404);
    expect(plugin.log().find(({ msg }) => msg === "switched")).toMatchObject({
      method: "relay.set",
      on: true,
    });
  });

  it("gets other settings as from the twin: by its hook, or loaded afresh; what does not fit is refused", async () => {
    await using plugin = await testPlugin(relay, { settings: { pin: 27 } });
    expect(await plugin.changeSettings({ pin: 5 })).toEqual({ pin: { status: 200, value: 5 } });
    expect((await plugin.call("relay.set", { on: true })).payload).toEqual({ pin: 5, on: true });
    expect(await plugin.changeSettings({ pin: "five" })).toEqual({
      pin: { status: 400, description: "pin must be integer", value: 5 },
    });
    await plugin.changeSettings({});
    expect((await plugin.call("relay.set", { on: true })).payload).toEqual({ pin: 27, on: true });

    const settingsChanged = ({ settings }: { settings: { pin: number } }) => {
      if (settings.pin < 0) throw new Error("there is no such pin");
    };
    await using hooked = await testPlugin({ ...relay, settingsChanged }, { settings: { pin: 27 } });
    expect(await hooked.changeSettings({ pin: -1 })).toMatchObject({
      pin: { status: 500, description: "the change of its settings failed: there is no such pin" },
    });
    expect((await hooked.call("relay.set", { on: true })).payload).toEqual({ pin: 27, on: true });
  });

  it("does its tasks when it is told to", async () => {
    await using plugin = await testPlugin(relay);
    expect(await plugin.runTask("nightly")).toBe("ok");
    expect(await plugin.runTask("daily")).toBeUndefined();
    expect(plugin.log().map(({ msg }) => msg)).toContain("off for the night");
  });

  it("tells the hub, and the test sees it as the hub would", async () => {
    const meter = definePlugin({
      tasks: { read: { cron: "0 3 * * *", telemetry: { stream: "air" }, run: () => ({ degrees: 21 }) } },
      methods: {
        note: (text: string, { telemetry }) =>
          telemetry.send(text, { contentType: "text/plain", priority: "high" }),
      },
    });
    await using plugin = await testPlugin(meter);
    expect(await plugin.runTask("read")).toBe("ok");
    const { payload } = await plugin.call("note", "all is well");
    expect(plugin.sent()).toMatchObject([
      { body: { degrees: 21 }, contentType: "application/json", stream: "air", priority: "normal" },
      { body: "all is well", contentType: "text/plain", stream: "", messageId: payload.messageId },
    ]);
    expect(await plugin.call("note", "x".repeat(300_000))).toMatchObject({ status: 500 });
  });

  it("that the agent would not take is refused in the agent's words", async () => {
    await expect(testPlugin({ methods: { a: { handler: 1 } } } as never)).rejects.toThrow(
      "methods.a.handler must be a function",
    );
    await expect(testPlugin(relay, { settings: { pn: 1 } })).rejects.toThrow(
      'the configuration does not fit it: plugins.settings.plugin must not have "pn"; did you mean pin?',
    );
    await expect(
      testPlugin({
        start: () => {
          throw new Error("no bus");
        },
      }),
    ).rejects.toThrow("no bus");
  });
});

describe("a file or folder", () => {
  it("is loaded as the agent does: a module in a process of its own", async () => {
    const folder = await cleanUp.folder();
    await writeFiles(folder, {
      "where.ts": `import { definePlugin } from "hubhand";
        export default definePlugin({ methods: { where: (_, { settings }) => ({ pid: process.pid, settings }) } });`,
    });
    await using plugin = await testPlugin(path.join(folder, "where.ts"), { settings: { a: 1 } });
    const { payload } = await plugin.call("where");
    expect(payload.settings).toEqual({ a: 1 });
    expect(payload.pid).not.toBe(process.pid);
  });

  it("may be a declared program, or a service that the test has started elsewhere", async () => {
    const folder = await cleanUp.folder();
    await writeFiles(folder, {
      "echo/plugin.yaml": "command: [cat]\nmethods: { echo: {} }",
      "side.plugin.yaml": "url: http://sidecar:8080/{method}\nmethods: { side: {} }",
    });
    await using echo = await testPlugin(path.join(folder, "echo"));
    expect(await echo.call("echo", { a: 1 })).toEqual({ status: 200, payload: { a: 1 } });
    const server = createServer((_, response) => response.end('"from elsewhere"'));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUp.add(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/{method}`;
    await using side = await testPlugin(path.join(folder, "side.plugin.yaml"), { url });
    expect((await side.call("side")).payload).toBe("from elsewhere");
  });

  it("that is not there, or no plugin, is told", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "hubhand-test-"));
    cleanUp.add(() => rm(folder, { recursive: true }));
    await writeFiles(folder, { "a.txt": "" });
    await expect(testPlugin(path.join(folder, "b.ts"))).rejects.toThrow("there is no file or folder");
    await expect(testPlugin(path.join(folder, "a.txt"))).rejects.toThrow(
      "is nothing that hubhand would take",
    );
  });
});

import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

/** Writes to the agent past our code: in a process by the file descriptor, in a thread by the port, which Node shows. */
const FORGER = `import { writeSync } from "node:fs"; import { isMainThread } from "node:worker_threads";
  const sendData = (data) => { for (const handle of process._getActiveHandles()) handle.postMessage?.(data); };
  const write = (text) => { try { writeSync(3, text); } catch (error) { if (error.code !== "EAGAIN") throw error; } };
  const send = (data) => isMainThread ? write(JSON.stringify(data) + "\\n") : sendData(data);
  const never = () => new Promise(() => {});
  export default { methods: {
    fine: () => 1,
    forge: { timeout: "20s", handler(data) { send(data); return never(); } },
    raw: { timeout: "20s", handler() { write(Buffer.from("00000010ffff0a", "hex")); return never(); } },
    endless: { timeout: "20s", handler() { for (let i = 0; i < 3000; i += 1) write("x".repeat(1e5)); return never(); } },
    flood: { timeout: "20s", handler() { for (;;) send({ type: "alive" }); } },
    messages: { timeout: "20s", handler() { for (let id = 0; ; id += 1) send({ type: "telemetry", id, body: "", options: "{}" }); } },
    lines: { timeout: "20s", handler() { for (;;) send({ type: "output", stream: "stdout", line: "a line" }); } },
  } };`;

const FORGED = [
  null,
  { type: "constructor" },
  { type: "log", level: "constructor", text: "x" },
  { type: "log", level: "info", fields: "{" },
  { type: "log", level: "info", fields: "null" },
  { type: "log", level: "info", text: "x".repeat(100_000) },
  { type: "reply", id: 1, status: 200, text: 5 },
  { type: "done", id: 1, text: "no JSON" },
  { type: "failed", id: 1, failure: null },
  { type: "failed", id: 1, failure: { code: "CONFIG_INVALID", message: "x" } },
  { type: "uncaught", kind: {}, thrown: null },
  { type: "telemetry", id: 1, body: 5, options: "{}" },
  { type: "telemetry", id: 1, body: "", options: "[]" },
  { cmd: "NODE_HANDLE", type: "net.Socket" },
];

it.each(["thread", "true"])(
  "messages that no plugin sends end it, and nothing else (isolate: %s)",
  async (isolate) => {
    const scene = await startCruel(
      cleanUp,
      Object.fromEntries(FORGED.map((_, index) => [`forger-${index}.mjs`, named(index)])),
      { HUBHAND_PLUGINS_ISOLATE: isolate },
    );
    await scene.pinging(async () => {
      for (const [index, data] of FORGED.entries()) {
        expect(await scene.call(`forge${index}`, data), JSON.stringify(data).slice(0, 100)).toMatchObject({
          status: 500,
          code: "METHOD_FAILED",
          message: expect.stringMatching(/it sent the agent what no plugin sends$/),
        });
        await scene.answers(`fine${index}`);
      }
    });
    expect((await scene.call("good")).payload).toBe("here");
  },
);

it("nor does its channel carry anything else", async () => {
  const methods = ["raw", "endless", "flood", "messages", "lines"];
  const scene = await startCruel(
    cleanUp,
    Object.fromEntries(methods.map((method) => [`${method}.mjs`, only(method)])),
    { HUBHAND_PLUGINS_ISOLATE: "true" },
  );
  for (const method of methods) {
    await scene.pinging(async () => {
      expect(await scene.call(method), method).toMatchObject({
        status: 500,
        code: "METHOD_FAILED",
        message: expect.stringMatching(/it sent the agent (what no plugin sends|too many messages)$/),
      });
    });
    await scene.answers(`fine-${method}`);
  }
  expect((await scene.call("good")).payload).toBe("here");
});

/** The one method, in a plugin of its own. */
const only = (method: string): string =>
  FORGER.replace("fine:", `"fine-${method}":`).replace(
    / {4}(forge|raw|endless|flood|messages|lines): .*\n/g,
    (line, name: string) => (name === method ? line : ""),
  );

/** Each in a plugin of its own: one that ends again and again is started seldom. */
const named = (index: number): string =>
  FORGER.replace("fine:", `fine${index}:`)
    .replace("forge:", `forge${index}:`)
    .replace(/ {4}(raw|endless|flood|messages|lines): .*\n/g, "");

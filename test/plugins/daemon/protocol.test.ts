import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { openPluginFolder, type PluginFolder } from "../folder.ts";
import { daemon, declareDaemon } from "./daemons.ts";

const cleanUp = cleanUpAfterEach();

const open = (code: string, methods?: string, more?: string, start?: string): Promise<PluginFolder> =>
  openPluginFolder(
    cleanUp,
    { "x.cjs": daemon(code, start), "x.plugin.yaml": declareDaemon("x.cjs", methods, more) },
    { settings: { x: { pin: 17 } } },
  );

it("a call is a line, and so is its reply", async () => {
  const { call, status } = await open("if (message.type === 'call') reply(message, { message, settings });");
  expect(status("x")).toEqual({ name: "x", kind: "daemon", up: true });
  expect(await call("x", { on: true })).toMatchObject({
    status: 200,
    body: {
      message: {
        type: "call",
        id: "1",
        method: "x",
        payload: { on: true },
        requestId: "r1",
        timeoutMs: 5000,
      },
      settings: { pin: 17 },
    },
  });
});

it("a reply may have a status; an error is METHOD_FAILED", async () => {
  const { call } = await open(`
    if (message.payload === "teapot") reply(message, "short and stout", 418);
    else send({ type: "error", id: message.id, message: "no valve" });`);
  expect(await call("x", "teapot")).toMatchObject({ status: 418, body: "short and stout" });
  expect(await call("x")).toMatchObject({ status: 500, code: "METHOD_FAILED", message: "no valve" });
});

it("several calls run at once, and are answered in any order", async () => {
  const { call } = await open(`
    globalThis.first ??= message;
    if (message !== first) { reply(message, "second"); reply(first, "first"); }`);
  const replies = await Promise.all([call("x"), call("x")]);
  expect(replies.map(({ body }) => body)).toEqual(["first", "second"]);
});

it("it writes into the agent's log, of a call or by itself", async () => {
  const { call, log } = await open(`
    send({ type: "log", level: "warn", message: "low {pressure}", fields: { bar: 0.7 } });
    send({ type: "log", message: "opening", id: message.id });
    console.error("from standard error");
    reply(message, null);`);
  await call("x");
  await waitUntil("standard error is read", () => log.text().includes("from standard error"));
  const lines = log.lines();
  expect(lines.find(({ msg }) => msg === "low {pressure}")).toMatchObject({
    level: "warn",
    plugin: "x",
    bar: 0.7,
  });
  expect(lines.find(({ msg }) => msg === "opening")).toMatchObject({
    level: "info",
    method: "x",
    requestId: "r1",
  });
  expect(lines.find(({ msg }) => msg === "from standard error")).toMatchObject({
    plugin: "x",
    stream: "stderr",
  });
});

it("it is told when a call is over its time; a reply that comes too late is dropped and counted", async () => {
  const { call, extra, metrics, log } = await open(
    "if (message.type === 'cancel') { reply(message, 'too late'); send({ type: 'log', message: 'gave up' }); }",
    "x: { timeout: 200ms }",
  );
  expect(await call("x")).toMatchObject({ status: 408, code: "METHOD_TIMED_OUT" });
  await waitUntil("it gave up", () => log.text().includes("gave up"));
  expect(extra).toEqual([]);
  expect(await metrics.registry.getSingleMetricAsString("hubhand_method_extra_replies_total")).toContain(
    '{method="x"} 1',
  );
});

it("its tasks are lines too", async () => {
  const { schedule } = await open(
    "if (message.task === 'good') reply(message); else send({ type: 'error', id: message.id, message: 'no' });",
    "x: {}",
    `tasks: { good: { cron: "0 3 * * *" }, bad: { cron: "0 3 * * *" } }`,
  );
  expect(await schedule.runNow("x", "good")).toBe("ok");
  expect(await schedule.runNow("x", "bad")).toBe("failed");
});

it("it is told to stop, and may end what it has begun", async () => {
  const folder = await open(
    "if (message.type === 'stop') { send({ type: 'log', message: 'valve closed' }); }",
  );
  await folder.set.stopAll();
  expect(folder.log.text()).toContain("valve closed");
});

it.each([
  [
    "never says that it is ready and ends",
    "process.exit(4);",
    /^the daemon ended before it was ready: it exited with 4$/,
  ],
  [
    "fails at its start",
    "console.error('no bus'); process.exitCode = 1; process.exit();",
    /^the daemon ended before it was ready: it exited with 1: no bus$/,
  ],
])("one that %s is broken", async (_, start, problem) => {
  const { status } = await open("", undefined, undefined, start);
  expect(status("x")).toMatchObject({ up: false, problem: expect.stringMatching(problem) });
});

import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { daemon, declareDaemon } from "../daemon/daemons.ts";
import { isRunning, mark, openPluginFolder, type PluginFolder } from "../folder.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const open = (code: string, methods?: string, start?: string): Promise<PluginFolder> =>
  openPluginFolder(cleanUp, {
    "x.cjs": daemon(code, start),
    "x.plugin.yaml": declareDaemon("x.cjs", methods),
  });

it("one that dies at every call: each caller is told how, and it is started again, later and later", async () => {
  const { call, status, metrics } = await open("console.error('no valve'); process.exit(3);");
  const failure = {
    status: 500,
    code: "METHOD_FAILED",
    message: 'plugin "x" ended before it answered: it exited with 3: no valve',
  };
  expect(await call("x")).toMatchObject(failure);
  // Started again at once: the next call waits for it.
  expect(await call("x")).toMatchObject(failure);
  expect(status("x")).toMatchObject({
    up: false,
    problem: expect.stringContaining("it exited with 3: no valve"),
  });
  await waitUntil("it is up again", () => status("x")?.up === true);
  expect(await call("x")).toMatchObject(failure);
  expect(await call("x")).toMatchObject({ status: 503, code: "PLUGIN_DOWN" });
  expect(await metrics.registry.getSingleMetricAsString("hubhand_plugin_restarts_total")).toMatch(
    /\{plugin="x"\} [23]/,
  );
});

it.each([
  ["crashes natively", "process.abort()", /it was ended by SIGABRT/],
  ["is killed", "process.kill(process.pid, 'SIGKILL')", /it was ended by SIGKILL/],
  [
    "closes its output and goes on",
    "process.stdout.destroy(); setTimeout(() => process.exit(9), 50)",
    /it exited with 9/,
  ],
])("one that %s while it has two calls answers both, once", async (_, code, why) => {
  const { call, extra } = await open(`if (message.payload === "now") { ${code} }`);
  const replies = await Promise.all([call("x"), call("x", "now")]);
  for (const reply of replies)
    expect(reply).toMatchObject({ code: "METHOD_FAILED", message: expect.stringMatching(why) });
  expect(extra).toEqual([]);
});

it("one that speaks garbage is told so in the log, not too often, and its good lines count", async () => {
  const { call, log } = await open(`
    for (let n = 0; n < 2000; n += 1) process.stdout.write("garbage " + n + "\\n{\\"type\\":7}\\n{broken\\n[]\\n\\n");
    process.stdout.write(Buffer.from([255, 254, 0, 10]));
    send({ type: "reply", id: "999", payload: 1 });
    send({ type: "reply" });
    reply(message, "good");`);
  expect(await call("x")).toMatchObject({ status: 200, body: "good" });
  expect(log.lines().filter(({ level }) => level === "warn").length).toBeLessThan(250);
  expect(log.text()).toContain(
    'the daemon says what is not understood: a line that is no JSON object: \\"garbage 0\\"',
  );
});

it("one that replies twice, to others' calls, and after an error: each call has one reply", async () => {
  const { call, extra } = await open(`
    reply(message, 1); reply(message, 2); send({ type: "error", id: message.id, message: "three" });`);
  expect(await call("x")).toMatchObject({ status: 200, body: 1 });
  expect(await call("x")).toMatchObject({ status: 200, body: 1 });
  expect(extra).toEqual([]);
});

it("one that replies with 10 MB in a line: the line is thrown away, and the call is over at its time", async () => {
  const { call, log } = await open(
    "reply(message, message.payload ?? 'x'.repeat(1e7));",
    "x: { timeout: 1500ms }",
  );
  expect(await call("x")).toMatchObject({ status: 408 });
  await waitUntil("the line is thrown away", () =>
    log.text().includes("a line of over 1 MiB; it is thrown away"),
  );
  // What is left of the line is still to be read, at 8 MiB a second.
  await waitUntil("it answers again", async () => (await call("x", "small")).body === "small");
});

it("one that replies with 200 KiB: REPLY_TOO_LARGE", async () => {
  const { call } = await open("reply(message, 'x'.repeat(200_000));");
  expect(await call("x")).toMatchObject({ status: 413, code: "REPLY_TOO_LARGE" });
});

it("one that does not end when it is told to is made to, with what it has started", async () => {
  const child = mark();
  const { set } = await open(
    "",
    undefined,
    `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);
     require("node:child_process").spawn("sleep", ["${child}"], { detached: true, stdio: "ignore" });
     process.stdin.removeAllListeners("end"); send({ type: "ready" });`,
  );
  await waitUntil("its child runs", () => isRunning(child));
  await set.stopAll();
  expect(await isRunning(child)).toBe(false);
});

it("one that never reads its calls costs no more memory than what a pipe and a little holds", async () => {
  const { call } = await open(
    "",
    "x: { timeout: 2s, concurrency: 200 }",
    "send({ type: 'ready' }); process.stdin.pause(); setInterval(() => {}, 1000);",
  );
  const payload = "x".repeat(100_000);
  const replies = await Promise.all(Array.from({ length: 30 }, () => call("x", payload)));
  const codes = new Set(replies.map(({ code }) => code));
  expect(codes).toEqual(new Set(["METHOD_TIMED_OUT", "METHOD_BUSY"]));
});

it("while one floods its output, the log and its errors, everybody else is served", async () => {
  const scene = await startCruel(cleanUp, {});
  await scene.pinging(async () => {});
  const flooded = await startCruel(cleanUp, {
    "x.plugin.yaml": declareDaemon("x.cjs", "x: { timeout: 3s }").replace(
      "./x.cjs",
      `[${process.execPath}, x.cjs]`,
    ),
    "x.cjs": daemon(`
      const lines = Buffer.from('{"type":"log","message":"flood"}\\nx\\n'.repeat(2000));
      const flood = (stream) => { while (stream.write(lines)); stream.once("drain", () => flood(stream)); };
      flood(process.stdout); flood(process.stderr);`),
  });
  const reply = await flooded.pinging(() => flooded.call("x"));
  expect(reply).toMatchObject({ status: 408 });
  flooded.agent.kill("SIGTERM");
  expect(await flooded.agent.exited).toBe(0);
});

import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { isAlive } from "../../support/agent/hubhand-process.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const plugin = (methods: string): string => `
  import { spawn } from "node:child_process"; import { writeSync } from "node:fs";
  export default { isolate: "process", methods: { fine: () => process.pid, ${methods} } };`;

it("what crashes natively ends its own process, and is started afresh", async () => {
  const scene = await startCruel(cleanUp, {
    "crasher.mjs": plugin(`abort: () => process.abort(), segv: () => process.kill(process.pid, "SIGSEGV"),
      exit: () => process.exit(3), table: () => new Array(3e8).fill(1)`),
  });
  const ends: Readonly<Record<string, RegExp>> = {
    abort: /its process was ended by SIGABRT$/,
    segv: /its process was ended by SIGSEGV$/,
    exit: /its process exited with 3$/,
    table: /took more than its 64MiB of memory$|SIGABRT$/,
  };
  await scene.pinging(async () => {
    for (const [method, message] of Object.entries(ends)) {
      const reply = await scene.call(method);
      expect(reply).toMatchObject({
        status: 500,
        code: "METHOD_FAILED",
        message: expect.stringMatching(message),
      });
      await scene.answers("fine");
    }
  });
});

it("one that spins is killed with all that it has started, its flood of output is thinned", async () => {
  const scene = await startCruel(cleanUp, {
    "spinner.mjs": plugin(`child: () => spawn("sleep", ["1000"]).pid,
      flood: { timeout: "1s", handler: () => { for (;;) writeSync(1, "a line of it\\n"); } }`),
  });
  const pid = Number((await scene.call("fine")).payload);
  const child = Number((await scene.call("child")).payload);
  expect(await scene.pinging(() => scene.call("flood"))).toMatchObject({ status: 408 });
  await waitUntil("both are gone", () => !isAlive(pid) && !isAlive(child));
  await scene.answers("fine");
  await scene.agent.line("told", ({ msg }) => msg === "the plugin writes too much: lines of it were dropped");
  expect(scene.agent.lines().filter(({ msg }) => msg === "a line of it").length).toBeLessThan(1_000);
});

it("what it starts as a daemon of its own ends with it as well, and with the agent", async () => {
  const scene = await startCruel(cleanUp, {
    "parent.mjs": plugin(`exit: () => process.exit(1), child() {
      const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
      child.unref();
      return child.pid;
    }`),
  });
  const first = Number((await scene.call("child")).payload);
  expect(await scene.call("exit")).toMatchObject({ status: 500 });
  await waitUntil("the first is gone", () => !isAlive(first));
  await scene.answers("child");
  const second = Number((await scene.call("child")).payload);
  scene.agent.kill("SIGTERM");
  expect(await scene.agent.exited).toBe(0);
  await waitUntil("the second is gone", () => !isAlive(second));
});

it("it answers like any other, knows nothing of the agent's environment, and ends with the agent", async () => {
  const scene = await startCruel(cleanUp, {
    "reader.mjs":
      plugin(`env: () => ({ env: process.env, argv: process.argv.slice(2), send: typeof process.send }),
      echo: (payload, { log }) => { log.info({ payload }, "called"); return payload; },
      large: () => "x".repeat(10e6)`),
  });
  const { payload } = await scene.call("env");
  expect(JSON.stringify(payload)).not.toMatch(/HUBHAND_(?!CHILD)|SharedAccess|NODE_CHANNEL/);
  expect(payload).toMatchObject({ argv: [], send: "undefined" });
  expect((await scene.call("echo", { a: [1, "ü"] })).payload).toEqual({ a: [1, "ü"] });
  await scene.agent.line("logged", ({ msg, method }) => msg === "called" && method === "echo");
  expect(await scene.call("large")).toMatchObject({ status: 413, code: "REPLY_TOO_LARGE" });
  const pid = Number((await scene.call("fine")).payload);
  scene.agent.kill("SIGTERM");
  expect(await scene.agent.exited).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

it("an agent that is killed leaves no plugin behind", async () => {
  const scene = await startCruel(cleanUp, { "orphan.mjs": plugin("") });
  const pid = Number((await scene.call("fine")).payload);
  scene.agent.kill("SIGKILL");
  await waitUntil("it has ended", () => !isAlive(pid));
});

const hasSetpriv = existsSync("/usr/bin/setpriv");
if (!hasSetpriv)
  process.stderr.write("SKIPPED: without setpriv of util-linux, what spins outlives a killed agent\n");

it.skipIf(!hasSetpriv)("one that spins ends with an agent that is killed", async () => {
  const scene = await startCruel(cleanUp, { "spinner.mjs": plugin("spin: () => { for (;;); }") });
  const pid = Number((await scene.call("fine")).payload);
  void scene.call("spin").catch(() => {}); // Nobody will answer it.
  scene.agent.kill("SIGKILL");
  await waitUntil("it is gone", () => !isAlive(pid));
});

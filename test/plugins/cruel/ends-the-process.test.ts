import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

it("process.exit ends its thread and nothing else; what it had answered before is sent", async () => {
  const scene = await startCruel(cleanUp, {
    "quitter.mjs": `export default { methods: {
      exit: () => process.exit(3),
      answered: (_, { reply }) => { reply(200, "bye"); process.exit(0); },
      really: () => process.reallyExit(4),
      fine: () => 1,
    } };`,
  });
  await scene.pinging(async () => {
    expect(await scene.call("exit")).toMatchObject({
      status: 500,
      code: "METHOD_FAILED",
      message: 'plugin "quitter" ended before it answered: it ended its own thread (process.exit, code 3)',
    });
    await scene.answers("fine");
    expect(await scene.call("answered")).toMatchObject({ status: 200, payload: "bye" });
    await scene.answers("fine");
    expect(await scene.call("really")).toMatchObject({ status: 500, code: "METHOD_FAILED" });
    await scene.answers("fine");
  });
});

it("neither signals nor aborts reach the agent", async () => {
  const scene = await startCruel(cleanUp, {
    "killer.mjs": `import { Session } from "node:inspector"; import { setFlagsFromString } from "node:v8";
      import * as threads from "node:worker_threads";
      export default { methods: {
        self: () => process.kill(process.pid, "SIGKILL"),
        group: () => process.kill(0, "SIGKILL"),
        all: () => process.kill(-1, "SIGKILL"),
        abort: () => process.abort(),
        chdir: () => process.chdir("/"),
        setuid: () => process.setuid(1),
        flags: () => setFlagsFromString("--stack-size=1"),
        inspect: () => new Session().connectToMainThread(),
        message: () => threads.postMessageToThread(0, "x"),
        doors: () => ({ port: threads.parentPort, data: threads.workerData, report: typeof process.report }),
      } };`,
  });
  await scene.pinging(async () => {
    for (const method of ["self", "group", "all", "abort", "chdir", "setuid", "flags", "inspect", "message"])
      expect(await scene.call(method)).toMatchObject({ status: 500, code: "METHOD_FAILED" });
    expect((await scene.call("doors")).payload).toEqual({ port: null, data: null, report: "undefined" });
  });
  expect(await scene.metrics()).not.toMatch(/hubhand_plugin_restarts_total{.*} [^0]/);
});

it("what it throws where nobody can catch it is told, and it goes on", async () => {
  const scene = await startCruel(cleanUp, {
    "thrower.mjs": `let n = 0; export default { methods: {
      later: () => { setTimeout(() => { throw new Error("no valve"); }, 1); return (n += 1); },
      forgotten: () => { void Promise.reject(new Error("no pump")); return (n += 1); },
    } };`,
  });
  await scene.call("later");
  const thrown = await scene.agent.line("told", ({ kind }) => kind === "uncaughtException");
  expect(thrown).toMatchObject({ plugin: "thrower", err: { message: "no valve" } });
  await scene.call("forgotten");
  await scene.agent.line("told", ({ kind }) => kind === "unhandledRejection");
  expect((await scene.call("later")).payload).toBe(3);
});

it("one that dies again and again is started seldom; callers are told when", async () => {
  const scene = await startCruel(cleanUp, {
    "mortal.mjs": "export default { methods: { die: () => process.exit(1) } };",
  });
  const codes = await scene.pinging(async () => {
    const seen = new Set<string | undefined>();
    while (!seen.has("PLUGIN_DOWN")) seen.add((await scene.call("die")).code);
    return seen;
  });
  expect([...codes].sort()).toEqual(["METHOD_FAILED", "PLUGIN_DOWN"]);
  expect(await scene.metrics()).toContain('hubhand_plugin_up{plugin="mortal",kind="module"} 0');
});

it("one whose file is gone serves on, and is down when it would have to be started again", async () => {
  const scene = await startCruel(cleanUp, {
    "eraser.mjs": `import { unlinkSync } from "node:fs"; import { fileURLToPath } from "node:url";
      export default { methods: {
        erase: () => unlinkSync(fileURLToPath(import.meta.url)), fine: () => 1, exit: () => process.exit(),
      } };`,
  });
  expect((await scene.call("erase")).status).toBe(200);
  expect((await scene.call("fine")).status).toBe(200);
  expect((await scene.call("exit")).code).toBe("METHOD_FAILED");
  await scene.agent.line(
    "told",
    ({ msg, plugin }) => plugin === "eraser" && /Cannot find module/.test(String(msg)),
  );
  expect((await scene.call("fine")).code).toBe("PLUGIN_DOWN");
});

import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const SPIN = `export default { methods: {
  spin: { timeout: "500ms", handler: () => { for (;;); } },
  other: () => new Promise(() => {}),
  fine: () => 1,
} };`;

it("a handler that spins is ended; its caller, and each other one, gets the right reply", async () => {
  const scene = await startCruel(cleanUp, { "spinner.mjs": SPIN });
  const [spin, other] = await scene.pinging(() => Promise.all([scene.call("spin"), scene.call("other")]));
  expect(spin).toMatchObject({ status: 408, code: "METHOD_TIMED_OUT" });
  expect(other).toMatchObject({
    status: 500,
    code: "METHOD_FAILED",
    message: 'plugin "spinner" ended before it answered: method spin held its thread when its time was over',
  });
  await scene.answers("fine");
  expect(await scene.metrics()).toContain('hubhand_plugin_restarts_total{plugin="spinner"} 1');
  expect((await scene.call("good")).payload).toBe("here");
});

it("one that sleeps for ever is only given up: the thread can do others", async () => {
  const scene = await startCruel(cleanUp, {
    "sleeper.mjs": `let n = 0; export default { methods: {
      sleep: { timeout: "300ms", handler: () => new Promise(() => {}) },
      count: () => (n += 1),
    } };`,
  });
  expect((await scene.call("count")).payload).toBe(1);
  expect(await scene.pinging(() => scene.call("sleep"))).toMatchObject({ status: 408 });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect((await scene.call("count")).payload).toBe(2);
});

it("one that is stuck in a system call is left behind, and the agent still ends when it is asked to", async () => {
  const scene = await startCruel(cleanUp, {
    "stuck.mjs": `import { execFileSync, execSync } from "node:child_process";
      import { readFileSync } from "node:fs";
      export default { methods: {
        fifo: { timeout: "300ms", handler(path) { execFileSync("mkfifo", [path]); readFileSync(path); } },
        child: { timeout: "300ms", handler: () => execSync("sleep 1000; true") },
        fine: () => 1,
      } };`,
  });
  const fifo = `${await cleanUp.folder()}/fifo`;
  await scene.pinging(async () => {
    expect(await scene.call("child")).toMatchObject({ status: 408 });
    await scene.answers("fine");
    expect(await scene.call("fifo", fifo)).toMatchObject({ status: 408 });
    await scene.answers("fine");
  });
  scene.agent.kill("SIGTERM");
  expect(await scene.agent.exited).toBe(0);
});

it.each([
  ["an import that spins", "for (;;);"],
  ["an import that never ends", "await new Promise(() => {});"],
  ["a start hook that spins", "export default { start() { for (;;); }, methods: { never: () => 1 } };"],
])("%s is given up after ten seconds", async (_, text) => {
  const scene = await startCruel(cleanUp, { "stubborn.mjs": text });
  await scene.pinging(async () => {
    const line = await scene.agent.line(
      "told",
      ({ plugin, level }) => plugin === "stubborn" && level === "error",
    );
    expect(line.msg).toMatch(
      /^plugin "stubborn" is broken: its (import|start hook) did not end within 10 s$/,
    );
  });
  expect((await scene.call("good")).payload).toBe("here");
});

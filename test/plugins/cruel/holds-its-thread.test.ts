import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { cleanUpAfterAll, cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { openPluginFolder } from "../folder.ts";
import { type CruelScene, startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const SPINNER = `export default { methods: {
  spin: { timeout: "500ms", handler: () => { for (;;); } },
  other: () => new Promise(() => {}),
  fine: () => 1,
} };`;
const SLEEPER = `let n = 0; export default { methods: {
      sleep: { timeout: "300ms", handler: () => new Promise(() => {}) },
      count: () => (n += 1),
    } };`;
const PARENT = `import { spawn } from "node:child_process"; export default { methods: {
      child: () => spawn("sh", ["-c", "sleep 1000; true"]).pid,
      hold: { timeout: "300ms", handler: () => { for (;;); } },
    } };`;

/** One agent for those that leave it as it was; the last of them ends it. */
describe("a handler", () => {
  const cleanUp = cleanUpAfterAll();
  let scene: CruelScene;
  beforeAll(async () => {
    scene = await startCruel(cleanUp, {
      "spinner.mjs": SPINNER,
      "sleeper.mjs": SLEEPER,
      "parent.mjs": PARENT,
    });
  });

  it("that spins is ended; its caller, and each other one, gets the right reply", async () => {
    const [spin, other] = await scene.pinging(() => Promise.all([scene.call("spin"), scene.call("other")]));
    expect(spin).toMatchObject({ status: 408, code: "METHOD_TIMED_OUT" });
    expect(other).toMatchObject({
      status: 500,
      code: "METHOD_FAILED",
      message:
        'plugin "spinner" ended before it answered: method spin held its thread when its time was over',
    });
    await scene.answers("fine");
    expect(await scene.metrics()).toContain('hubhand_plugin_restarts_total{plugin="spinner"} 1');
    expect((await scene.call("good")).payload).toBe("here");
  });

  it("that sleeps for ever is only given up: the thread can do others", async () => {
    expect((await scene.call("count")).payload).toBe(1);
    await scene.pinging(async () => {
      // Longer in all than a thread is given to show that it can still do others.
      for (let round = 0; round < 6; round += 1)
        expect(await scene.call("sleep")).toMatchObject({ status: 408 });
    });
    expect((await scene.call("count")).payload).toBe(2);
  });

  it("ends with all that it has started, when it is ended and when the agent is", async () => {
    const first = Number((await scene.call("child")).payload);
    expect(await scene.call("hold")).toMatchObject({ status: 408 });
    await waitUntil("the first child is gone", () => !isRunning(first));
    await scene.answers("child");
    const second = Number((await scene.call("child")).payload);
    scene.agent.kill("SIGTERM");
    expect(await scene.agent.exited).toBe(0);
    await waitUntil("the second child is gone", () => !isRunning(second));
  });
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

/** Whether there is such a process that could still do something: one that has ended stays in the table until its parent asks. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const STUBBORN = {
  "import-spins.mjs": "for (;;);",
  "import-hangs.mjs": "await new Promise(() => {});",
  "start-spins.mjs": "export default { start() { for (;;); }, methods: { never: () => 1 } };",
};
const START_LIMIT_MS = 10_000;
/** Two that spin take all of a small machine, and no longer than they must. */
const hostClock: Clock = {
  ...systemClock,
  setTimer: (milliseconds, fire) =>
    systemClock.setTimer(milliseconds === START_LIMIT_MS ? START_LIMIT_MS / 3 : milliseconds, fire),
};

it("an import or a start hook that does not end is given up after ten seconds", async () => {
  const { status, set } = await openPluginFolder(cleanUp, STUBBORN, { isolate: "thread", hostClock });
  for (const file of Object.keys(STUBBORN)) {
    const name = file.replace(".mjs", "");
    const what = name.startsWith("import") ? "import" : "start hook";
    expect(status(name)).toMatchObject({ up: false, problem: `its ${what} did not end within 10 s` });
  }
  await set.stopAll();
});

it("an agent that is asked to end while a plugin spins at its start ends", async () => {
  const spins = { "start-spins.mjs": STUBBORN["start-spins.mjs"] };
  const scene = await startCruel(cleanUp, spins, {}, { whileTheyStart: true });
  await scene.pinging(() => scene.answers("good"));
  scene.agent.kill("SIGTERM");
  expect(await scene.agent.exited).toBe(0);
});

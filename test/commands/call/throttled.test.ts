import { beforeAll, expect, test } from "vitest";
import { callCommand } from "../../../src/commands/call.ts";
import { connectDevice } from "../../local-hub/support/clients.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { type HubScene, linesOf, runVerb, startHubScene } from "../support/run-verb.ts";

const cleanUp = cleanUpAfterAll();
let scene: HubScene;
let runs = 0;
/** Calls of `hold` that have no answer yet. */
const held: (() => void)[] = [];

beforeAll(async () => {
  scene = await startHubScene(cleanUp, { devices: ["pi"], limits: "S1" });
  const device = await connectDevice({
    hub: scene.hub,
    deviceId: "pi",
    methods: {
      count(_request, response) {
        runs += 1;
        void response.send(200, runs);
      },
      hold(_request, response) {
        held.push(() => void response.send(200, "late"));
      },
    },
  });
  cleanUp.add(() => device.close());
  await waitUntil("it listens", () => scene.events.some(({ event }) => event === "subscribed"));
});

function letGo(): void {
  for (const release of held.splice(0)) release();
}

/** With a clock that goes by what is slept; `whileAsleep` is done first. */
function call(args: readonly string[], whileAsleep: () => unknown = () => {}) {
  let now = 0;
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => {
    slept.push(milliseconds);
    now += milliseconds;
    await whileAsleep();
  };
  const io = { env: scene.env, now: () => now, random: () => 0.5, sleep };
  return runVerb(callCommand, [...args, ...scene.flags], io).then((outcome) => ({ ...outcome, slept }));
}

test("a call that the hub throttles is sent again, and the device runs it once", async () => {
  scene.hub.faults.add({ kind: "throttle", path: "/twins/", count: 2 });
  runs = 0;
  const { errors, exitCode, slept } = await call(["pi", "count"]);
  expect({ runs, exitCode }).toEqual({ runs: 1, exitCode: 0 });
  // What the hub asks for (Retry-After), and half of 1 s and of 2 s on top.
  const [first = 0, second = 0] = slept;
  expect(second - first).toBe(500);
  expect(first).toBeGreaterThanOrEqual(1_500);
  expect(linesOf(errors)).toEqual([
    "Calling count on pi …",
    expect.stringMatching(
      /^The hub is at its limit \(429, once\): trying again in \d+\.\d s, for at most 2m more …$/,
    ),
    expect.stringMatching(
      /^The hub is at its limit \(429, 2 times\): trying again in \d+\.\d s, for at most 1/,
    ),
  ]);
  scene.hub.faults.clear();
});

test("a job and its queries are, too", async () => {
  scene.hub.faults.add({ kind: "throttle", path: "/devices/query", count: 1 });
  scene.hub.faults.add({ kind: "throttle", path: "/jobs/", count: 1 });
  const { output, errors, exitCode } = await call(["--query", "*", "count"]);
  expect(output).toContain("1 answered (1 × 200)");
  expect(errors.match(/429, once/g)).toHaveLength(2);
  expect(exitCode).toBe(0);
  scene.hub.faults.clear();
});

test("a job waits until the one before it is over, as S1 has one at a time", async () => {
  const first = await call(["--query", "*", "hold", "--no-wait"]);
  await waitUntil("it is under way", () => held.length === 1);
  const second = await call(["--query", "*", "count"], async () => {
    letGo();
    await waitUntil("it is over", () =>
      scene.events.some(
        (event) =>
          event.event === "job-changed" &&
          event.jobId === first.output.trim() &&
          event.status === "completed",
      ),
    );
  });
  expect(second.errors).toContain("(429, once)");
  expect(second.output).toContain("1 answered (1 × 200)");
});

test("a job that finds no room is given up with the reason", async () => {
  await call(["--query", "*", "hold", "--no-wait"]);
  await waitUntil("it is under way", () => held.length === 1);
  const { errors, exitCode } = await call(["--query", "*", "count", "--retry-for", "0s"]);
  expect(errors).toContain("it runs as many jobs already as its tier allows");
  expect(exitCode).toBe(7);
  letGo();
});

test("it is given up before its time is over, and the message says how often it was tried", async () => {
  scene.hub.faults.add({ kind: "throttle", path: "/twins/" });
  runs = 0;
  const { errors, exitCode, slept } = await call(["pi", "count", "--retry-for", "10s", "--json"]);
  expect({ runs, exitCode }).toEqual({ runs: 0, exitCode: 7 });
  expect(errors).toContain(`It was tried ${slept.length + 1} times.`);
  expect(slept.reduce((sum, milliseconds) => sum + milliseconds, 0)).toBeLessThanOrEqual(10_000);
  scene.hub.faults.clear();
});

test("--retry-for 0s gives up at once", async () => {
  scene.hub.faults.add({ kind: "throttle", path: "/twins/" });
  expect(await call(["pi", "count", "--retry-for", "0s"])).toMatchObject({ exitCode: 7, slept: [] });
  scene.hub.faults.clear();
});

test("what failed in any other way is not sent again", async () => {
  scene.hub.faults.add({
    kind: "answer-error",
    code: "ServiceUnavailable",
    path: "/twins/",
    when: "after",
    count: 1,
  });
  runs = 0;
  expect(await call(["pi", "count"])).toMatchObject({ exitCode: 7, slept: [] });
  expect(runs).toBe(1);
  scene.hub.faults.clear();
});

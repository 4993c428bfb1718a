import type { DeviceMethodRequest, DeviceMethodResponse } from "azure-iot-device";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { callCommand } from "../../../src/commands/call.ts";
import { connectDevice } from "../../local-hub/support/clients.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { type HubScene, linesOf, runVerb, startHubScene } from "../support/run-verb.ts";

const cleanUp = cleanUpAfterAll();
const JOB_ID = /^Job ([\w-]{36})/m;

let scene: HubScene;
/** What reached each device. */
let calls: { deviceId: string; payload: unknown }[] = [];
/** Ends the calls of `hold`. */
let release: () => void = () => {};

beforeAll(async () => {
  scene = await startHubScene(cleanUp, { devices: ["pi-1", "pi-2", "away"] });
  for (const [index, deviceId] of ["pi-1", "pi-2", "away"].entries()) {
    scene.hub.twins.patch(deviceId, { tags: { floor: index } });
  }
  for (const deviceId of ["pi-1", "pi-2"]) {
    const answer = (request: DeviceMethodRequest, response: DeviceMethodResponse) => {
      calls.push({ deviceId, payload: request.payload });
      void response.send(deviceId === "pi-2" && request.payload === "refuse" ? 409 : 200, { from: deviceId });
    };
    const hold = (_request: DeviceMethodRequest, response: DeviceMethodResponse) => {
      calls.push({ deviceId, payload: "held" });
      const earlier = release;
      release = () => {
        earlier();
        void response.send(200, "late");
      };
    };
    const device = await connectDevice({ hub: scene.hub, deviceId, methods: { answer, hold } });
    cleanUp.add(() => device.close());
  }
  await waitUntil(
    "both listen",
    () => scene.events.filter(({ event }) => event === "subscribed").length >= 2,
  );
});

beforeEach(() => {
  calls = [];
  release = () => {};
});

const call = (args: readonly string[], io: Parameters<typeof runVerb>[2] = {}) =>
  runVerb(callCommand, [...args, ...scene.flags], { env: scene.env, ...io });

test("a job calls all that a query finds, and a table tells what each answered", async () => {
  const { output, errors, exitCode } = await call(["--query", "tags.floor >= 0", "answer", '{"n":1}']);
  expect(errors).toMatch(/^Job [\w-]{36}: answer on 3 devices, for tags\.floor >= 0\n/);
  expect(linesOf(output)).toEqual([
    "DEVICE  STATUS  ANSWER",
    "away    -       DeviceNotOnline: Timed out waiting for device to connect.",
    'pi-1    200     {"from":"pi-1"}',
    'pi-2    200     {"from":"pi-2"}',
    expect.stringMatching(/^Job [\w-]{36}: 3 devices, 2 answered \(2 × 200\), 1 DeviceNotOnline$/),
  ]);
  expect(exitCode).toBe(1);
});

test("its exit status is 0 if each answered below 400, and 1 if one did not", async () => {
  const both = ["--query", "tags.floor < 2", "answer"];
  expect((await call(both)).exitCode).toBe(0);
  const refused = await call([...both, '"refuse"']);
  expect(refused.output).toContain("2 answered (1 × 200, 1 × 409)");
  expect(refused.exitCode).toBe(1);
});

test.each(["0", "false", '""', '{"a":null}'])("devices get the payload as it is: %s", async (payload) => {
  await call(["--query", "deviceId = 'pi-1'", "answer", payload]);
  expect(calls).toEqual([{ deviceId: "pi-1", payload: JSON.parse(payload) }]);
});

test("--json prints the job at once, a line for each device, and what it comes to", async () => {
  const { output, errors } = await call(["--query", "*", "answer", '"refuse"', "--json"]);
  const lines = linesOf(output).map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { job: expect.objectContaining({ jobId: expect.any(String), status: expect.any(String) }) },
    {
      deviceId: "away",
      outcome: "failed",
      error: { code: "DeviceNotOnline", description: expect.any(String) },
    },
    { deviceId: "pi-1", outcome: "answered", status: 200, payload: { from: "pi-1" } },
    { deviceId: "pi-2", outcome: "answered", status: 409, payload: { from: "pi-2" } },
    {
      job: expect.objectContaining({ jobId: lines[0].job.jobId, status: "completed" }),
      results: { answered: 2, refused: 1, failed: 1, cancelled: 0, open: 0, untold: 0 },
    },
  ]);
  expect(errors).toBe("");
});

test("a query that nobody fits makes no job", async () => {
  const before = scene.events.filter(({ event }) => event === "job-changed").length;
  const outcome = await call(["--query", "tags.floor = 9", "answer"]);
  expect(outcome).toMatchObject({
    output: "",
    exitCode: 2,
    errors: expect.stringContaining("No device fits"),
  });
  expect(scene.events.filter(({ event }) => event === "job-changed")).toHaveLength(before);
});

test("of modules the hub does not count before, and says it after", async () => {
  const { output, errors, exitCode } = await call([
    "--query",
    "FROM devices.modules WHERE moduleId = 'none'",
    "answer",
  ]);
  expect(output).toMatch(/^Job [\w-]{36}: 0 devices/);
  expect(errors).toContain("so nothing was called");
  expect(exitCode).toBe(2);
});

test("a query that is wrong is refused with the hub's words for where", async () => {
  const outcome = await call(["--query", "tags.floor == 1", "answer", "--json"]);
  expect(outcome.exitCode).toBe(78);
  expect(JSON.parse(outcome.output)).toEqual({
    error: {
      code: "QUERY_INVALID",
      message: expect.stringMatching(/WHERE tags\.floor == 1.*at character \d+/),
    },
  });
});

test("--no-wait prints the id alone; --resume waits for the end, and prints the results as often as it is asked", async () => {
  const begun = await call(["--query", "tags.floor < 2", "hold", "--no-wait"]);
  const jobId = begun.output.trim();
  expect(begun.errors).toContain(`hubhand call --resume ${jobId}`);
  await waitUntil("both are under way", () => calls.length === 2);
  const resumed = call(["--resume", jobId]);
  release();
  expect((await resumed).output).toContain("2 answered (2 × 200)");
  expect((await resumed).exitCode).toBe(0);
  expect((await call(["--resume", jobId])).output).toBe((await resumed).output);
});

test("Ctrl-C ends the wait and not the job, and says how to go on; --cancel ends the job", async () => {
  const stop = new AbortController();
  const waiting = call(["--query", "tags.floor < 2", "hold"], { listenForStop: () => stop.signal });
  await waitUntil("both are under way", () => calls.length === 2);
  stop.abort();
  const { output, errors, exitCode } = await waiting;
  const jobId = JOB_ID.exec(errors)?.[1] ?? "";
  expect({ output, exitCode }).toEqual({ output: "", exitCode: 130 });
  expect(errors).toContain(`hubhand call --resume ${jobId}; to end it: hubhand call --cancel ${jobId}`);
  const cancelled = await call(["--cancel", jobId]);
  expect(cancelled.output).toContain(`Job ${jobId}, cancelled: 2 devices, 0 answered, 2 cancelled`);
  expect(cancelled.exitCode).toBe(1);
  release();
});

test("a job for later is not waited for", async () => {
  const { output, errors, exitCode } = await call([
    "--query",
    "*",
    "answer",
    "--start-at",
    "2100-01-01T00:00:00Z",
  ]);
  expect(errors).toContain("It starts at 2100-01-01T00:00:00.000Z.");
  expect(exitCode).toBe(0);
  expect((await call(["--cancel", output.trim()])).output).toContain(", cancelled: 0 devices");
});

test("a job that is not through in its time is given up by the hub, and that is told", async () => {
  const { output, errors, exitCode } = await call([
    ...["--query", "deviceId = 'pi-1'", "hold", "--max-execution-time", "1s"],
  ]);
  expect(output).toContain("failed: 1 device, 0 answered, 1 JobFailed");
  expect(errors).toContain("The hub gave up the job");
  expect(exitCode).toBe(1);
  release();
});

test("a job that the hub does not have", async () => {
  expect(await call(["--resume", "nope"])).toMatchObject({
    exitCode: 2,
    errors: expect.stringContaining('has no job "nope"'),
  });
});

test.each(["a/b", "", "x".repeat(65), "a?b/../c"])("no job can have this id: %j", async (jobId) => {
  expect(await call(["--cancel", jobId])).toMatchObject({ exitCode: 78 });
});

test("a hub that is away for a moment while a job runs is asked again", async () => {
  const waiting = call(["--query", "deviceId = 'pi-1'", "hold"], {
    isTerminal: true,
    sleep: async () => new Promise(setImmediate),
  });
  await waitUntil("it is under way", () => calls.length === 1);
  const fault = scene.hub.faults.add({
    kind: "answer-error",
    code: "ServiceUnavailable",
    path: "/jobs/",
    count: 2,
  });
  await waitUntil("the hub was away", () => fault.struck >= 2);
  fault.remove();
  release();
  const { output, errors } = await waiting;
  expect(errors).toContain("Looking again …");
  expect(errors).toMatch(/no news since \d\d:\d\d:\d\d UTC/);
  expect(output).toContain("1 answered (1 × 200)");
});

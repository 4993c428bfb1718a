import iothub, { type JobClient } from "azure-iothub";
import { expect, test } from "vitest";
import { type LocalHub, type LocalHubOptions, leadToHub } from "../../src/local-hub/index.ts";
import { connectDevice } from "./support/clients.ts";
import { startTestHub, temporaryFolder } from "./support/hub.ts";
import { callRest } from "./support/rest.ts";

const HOUR_MS = 3_600_000;
const inAnHour = () => new Date(Date.now() + HOUR_MS);

interface JobDocument {
  jobId: string;
  status: string;
  failureReason?: string;
  deviceJobStatistics: Record<string, number>;
}

async function startWithDevices(options: LocalHubOptions = {}) {
  const test = await startTestHub({ ...options, devices: ["dev1", "dev2", "dev3"] });
  const { hub, seen } = test;
  for (const [index, deviceId] of ["dev1", "dev2", "dev3"].entries()) {
    hub.twins.patch(deviceId, { tags: { floor: index } });
  }
  const jobs = leadToHub(iothub.JobClient.fromConnectionString(hub.serviceConnectionString), hub);
  const over = async (jobId: string): Promise<JobDocument> => {
    await seen("job-changed", {
      fits: (event) => event.jobId === jobId && ["completed", "failed", "cancelled"].includes(event.status),
    });
    return (await jobs.getJob(jobId)).jobStatus;
  };
  return { ...test, jobs, over };
}

async function deviceJobs(hub: LocalHub, jobId: string): Promise<unknown> {
  const registry = leadToHub(iothub.Registry.fromConnectionString(hub.serviceConnectionString), hub);
  const sql = `SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${jobId}'`;
  return (await registry.createQuery(sql).next()).result;
}

function scheduleMethod(jobs: JobClient, jobId: string, condition: string, start = new Date()) {
  const method = { methodName: "reboot", payload: { now: true }, responseTimeoutInSeconds: 5 };
  return jobs.scheduleDeviceMethod(jobId, condition, method, start, 60);
}

test("Microsoft's job client changes the twins of those that a condition fits", async () => {
  const { hub, jobs, over } = await startWithDevices();
  const patch = { etag: "*", tags: { painted: true }, properties: { desired: { colour: "red" } } };
  await jobs.scheduleTwinUpdate("job1", "tags.floor > 0", patch as never, new Date(), 60);
  expect(await over("job1")).toMatchObject({
    status: "completed",
    deviceJobStatistics: { deviceCount: 2, succeededCount: 2, failedCount: 0, pendingCount: 0 },
  });
  expect(hub.twins.get("dev1").tags).toEqual({ floor: 0 });
  expect(hub.twins.get("dev3")).toMatchObject({
    tags: { floor: 2, painted: true },
    properties: { desired: { colour: "red" } },
  });
});

test("it calls a method on each, and tells what each answered, also of those that could not be called", async () => {
  const { hub, jobs, over } = await startWithDevices();
  const device = await connectDevice({
    hub,
    deviceId: "dev1",
    methods: { reboot: (request, response) => void response.send(202, { got: request.payload }) },
  });
  await scheduleMethod(jobs, "job1", "deviceId IN ['dev1', 'dev2']");
  expect(await over("job1")).toMatchObject({
    status: "completed",
    deviceJobStatistics: { deviceCount: 2, succeededCount: 1, failedCount: 1 },
  });
  expect(await deviceJobs(hub, "job1")).toMatchObject([
    {
      deviceId: "dev1",
      jobType: "scheduleDeviceMethod",
      status: "completed",
      outcome: { deviceMethodResponse: { status: 202, payload: { got: { now: true } } } },
    },
    { deviceId: "dev2", status: "failed", error: { code: "DeviceNotOnline" } },
  ]);
  await device.close();
});

test("a job of modules names them by FROM", async () => {
  const { hub, jobs, over } = await startWithDevices();
  await hub.modules.create({ deviceId: "dev2", moduleId: "mod1" });
  await scheduleMethod(jobs, "job1", "FROM devices.modules WHERE moduleId = 'mod1'");
  expect((await over("job1")).deviceJobStatistics).toMatchObject({ deviceCount: 1, failedCount: 1 });
  expect(await deviceJobs(hub, "job1")).toMatchObject([{ deviceId: "dev2", moduleId: "mod1" }]);
});

test("one for later waits, can be cancelled, and never runs then", async () => {
  const { hub, jobs, over } = await startWithDevices();
  const { jobStatus } = await jobs.scheduleTwinUpdate(
    "job1",
    "*",
    { tags: { painted: true } } as never,
    inAnHour(),
    60,
  );
  expect(jobStatus).toMatchObject({ jobId: "job1", status: "queued" });
  expect((await jobs.getJob("job1")).jobStatus.status).toBe("scheduled");
  expect((await jobs.cancelJob("job1")).jobStatus.status).toBe("cancelled");
  expect(await over("job1")).toMatchObject({ status: "cancelled" });
  expect(hub.twins.get("dev1").tags).toEqual({ floor: 0 });
});

test("one that is cancelled while a device is asked gives that up", async () => {
  const { hub, jobs, over, seen } = await startWithDevices();
  const asked = Promise.withResolvers<void>();
  const device = await connectDevice({
    hub,
    deviceId: "dev1",
    methods: { reboot: () => asked.resolve() },
  });
  await scheduleMethod(jobs, "job1", "deviceId = 'dev1'");
  await asked.promise;
  expect((await jobs.getJob("job1")).jobStatus).toMatchObject({
    status: "running",
    deviceJobStatistics: { runningCount: 1 },
  });
  await jobs.cancelJob("job1");
  await over("job1");
  await seen("method-called", { fits: ({ outcome }) => outcome === "caller-gone" });
  expect(await deviceJobs(hub, "job1")).toMatchObject([{ status: "canceled" }]);
  await device.close();
});

test("one that is not through in its time has failed", async () => {
  const { hub, jobs, over } = await startWithDevices();
  const device = await connectDevice({ hub, deviceId: "dev1", methods: { reboot: () => {} } });
  await jobs.scheduleDeviceMethod("job1", "deviceId = 'dev1'", { methodName: "reboot" }, new Date(), 1);
  const job = await over("job1");
  expect(job).toMatchObject({ status: "failed", deviceJobStatistics: { failedCount: 1 } });
  expect(job.failureReason).toContain("maxExecutionTimeInSeconds");
  await device.close();
});

test("a condition that cannot be read makes the job fail, as in the service, and says why", async () => {
  const { jobs, over } = await startWithDevices();
  await scheduleMethod(jobs, "job1", "SELECT * FROM devices");
  expect(await over("job1")).toMatchObject({
    status: "failed",
    failureReason: expect.stringMatching(/SELECT/),
  });
});

test("jobs are listed by type and status, page after page", async () => {
  const { jobs, over } = await startWithDevices();
  for (let n = 0; n < 5; n++) {
    await jobs.scheduleTwinUpdate(
      `twin${n}`,
      "*",
      { tags: {} } as never,
      n < 3 ? new Date() : inAnHour(),
      60,
    );
    if (n < 3) await over(`twin${n}`);
  }
  await scheduleMethod(jobs, "call", "*", inAnHour());
  const ids = async (...[type, status, size]: Parameters<JobClient["createQuery"]>) => {
    const query = jobs.createQuery(type, status, size);
    const found: string[] = [];
    while (query.hasMoreResults) {
      // Without it the SDK would ask for the first page for ever.
      const { result } = await query.next(
        (query as unknown as { continuationToken: string }).continuationToken,
      );
      found.push(...result.map(({ jobId }: JobDocument) => jobId));
    }
    return found;
  };
  expect(await ids("scheduleUpdateTwin" as never, "completed" as never, 2)).toEqual([
    "twin0",
    "twin1",
    "twin2",
  ]);
  expect(await ids(undefined as never, "scheduled" as never, 100)).toEqual(["twin3", "twin4", "call"]);
});

test("a hub that is started again on its folder goes on with its jobs", async () => {
  const dataDirectory = await temporaryFolder();
  const first = await startWithDevices({ dataDirectory });
  await first.jobs.scheduleTwinUpdate("later", "*", { tags: { painted: true } } as never, inAnHour(), 60);
  await first.jobs.scheduleTwinUpdate("done", "*", { tags: {} } as never, new Date(), 60);
  const done = await first.over("done");
  await first.hub.stop();

  const { hub, seen } = await startTestHub({ dataDirectory, now: () => Date.now() + 2 * HOUR_MS });
  await seen("job-changed", { fits: ({ jobId, status }) => jobId === "later" && status === "completed" });
  expect(hub.twins.get("dev3").tags).toEqual({ floor: 2, painted: true });
  const asked = await callRest({ hub, path: "/jobs/v2/done", authorization: hub.serviceToken() });
  expect(asked.json()).toEqual(done);
});

test.each<[string, Record<string, unknown>, number, string]>([
  ["job1", { type: "reboot" }, 400, "ArgumentInvalid"],
  ["job1", { queryCondition: "" }, 400, "ArgumentInvalid"],
  ["job1", { startTime: "soon" }, 400, "ArgumentInvalid"],
  ["job1", { maxExecutionTimeInSeconds: -1 }, 400, "ArgumentInvalid"],
  ["job1", { updateTwin: [] }, 400, "ArgumentInvalid"],
  ["job1", { jobId: "job2" }, 400, "ArgumentInvalid"],
  ["job_1", {}, 400, "ArgumentInvalid"],
  ["there", {}, 409, "JobAlreadyExists"],
])("the job %s of %j is refused with %i %s", async (jobId, part, status, code) => {
  const { hub } = await startWithDevices();
  const body = { type: "scheduleUpdateTwin", queryCondition: "*", updateTwin: {}, startTime: inAnHour() };
  await callRest({ hub, method: "PUT", path: "/jobs/v2/there", body });
  const answer = await callRest({
    hub,
    method: "PUT",
    path: `/jobs/v2/${jobId}`,
    body: { ...body, ...part },
  });
  expect([answer.status, answer.headers["iothub-errorcode"]]).toEqual([status, code]);
  const unknown = await callRest({ hub, path: "/jobs/v2/nowhere" });
  expect([unknown.status, unknown.headers["iothub-errorcode"]]).toEqual([404, "JobNotFound"]);
});

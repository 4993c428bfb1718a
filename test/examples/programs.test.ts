import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { openExample } from "./support/open-example.ts";

const cleanUp = cleanUpAfterEach();
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("SKIPPED: there is no python3 here to run the Python example with\n");

const open = (name: string, settings = {}) => openExample(cleanUp, name, { settings });

describe("disk-space, an executable in shell", () => {
  it("tells how full a disk is", async () => {
    const { call } = await open("disk-space");
    const { status, body } = await call("disk.space", "/");
    expect(status).toBe(200);
    const space = body as Record<string, number>;
    expect(Object.keys(space)).toEqual(["totalKiB", "usedKiB", "freeKiB", "usedPercent"]);
    expect(space.totalKiB).toBeGreaterThan(0);
    expect((await call("disk.space")).status).toBe(200);
  });

  it("tells the hub when its task is due", async () => {
    const { schedule, telemetry } = await open("disk-space");
    expect(await schedule.runNow("disk-space", "tell")).toBe("ok");
    expect(telemetry.sent).toMatchObject([
      { plugin: "disk-space", body: { usedPercent: expect.any(Number) }, options: { stream: "disk" } },
    ]);
  });

  it("says that there is no such path, and takes none that is none", async () => {
    const { call } = await open("disk-space");
    expect(await call("disk.space", "/no/such/path")).toMatchObject({ status: 404 });
    expect(await call("disk.space", "$(reboot)")).toMatchObject({ status: 400, code: "PAYLOAD_INVALID" });
  });
});

describe.skipIf(!hasPython)("counter, a daemon in Python", () => {
  it("counts on from its settings, and logs with the call", async () => {
    const { call, log } = await open("counter", { startAt: 40 });
    expect(await call("counter.add", { by: 2 })).toMatchObject({ status: 200, body: { count: 42 } });
    expect(await call("counter.add")).toMatchObject({ status: 200, body: { count: 43 } });
    expect(log.lines().find(({ msg }) => msg === "counted to 42")).toMatchObject({ method: "counter.add" });
  });

  it("tells its count when the task is due", async () => {
    const { schedule, log } = await open("counter");
    expect(await schedule.runNow("counter", "tell")).toBe("ok");
    expect(log.text()).toContain("0 so far");
  });
});

it("clock, a daemon in shell, tells the time", async () => {
  const { call, status } = await open("clock");
  expect(status("clock")).toMatchObject({ kind: "daemon", up: true });
  expect((await call("clock.now")).body).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

import path from "node:path";
import { expect, it } from "vitest";
import raspberryPi from "../../examples/plugins/raspberry-pi.ts";
import { testPlugin } from "../../src/testing/index.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

/** A Pi's files, as its kernel writes them. */
async function pi(temperature: string, throttled: string) {
  const folder = await cleanUp.folder();
  await writeFiles(folder, { temp: temperature, get_throttled: throttled });
  const settings = {
    thermalFile: path.join(folder, "temp"),
    throttledFile: path.join(folder, "get_throttled"),
    disk: folder,
  };
  return testPlugin(raspberryPi, { settings });
}

it("tells how a Pi is", async () => {
  await using plugin = await pi("48312\n", "50005\n");
  const { status, payload } = await plugin.call("pi.health");
  expect(status).toBe(200);
  expect(payload.cpu).toEqual({ celsius: 48.3 });
  expect(payload.throttling).toEqual({
    underVoltage: true,
    frequencyCapped: false,
    throttled: true,
    softTemperatureLimit: false,
    underVoltageSinceStart: true,
    frequencyCappedSinceStart: false,
    throttledSinceStart: true,
    softTemperatureLimitSinceStart: false,
  });
  expect(payload.disk.totalBytes).toBeGreaterThan(payload.disk.freeBytes);
  expect(payload.memory.totalBytes).toBeGreaterThan(0);
});

it("warns of heat and of weak power, and of nothing else", async () => {
  await using hot = await pi("84000", "1");
  expect(await hot.runTask("pi.warn")).toBe("ok");
  expect(hot.log().flatMap(({ level, msg }) => (level === "warn" ? msg : []))).toEqual([
    "the processor is hot",
    "the power supply is too weak",
  ]);
  await using cool = await pi("40000", "0");
  await cool.runTask("pi.warn");
  expect(cool.log().filter(({ level }) => level === "warn")).toEqual([]);
});

it("on a machine that is no Pi, each part that is missing says why, and the others are told", async () => {
  await using plugin = await testPlugin(raspberryPi, {
    settings: { thermalFile: "/no/such/file", throttledFile: "/no/such/file", disk: "/no/such/disk" },
  });
  const { payload } = await plugin.call("pi.health");
  expect(payload.cpu.problem).toBe("this machine does not tell its temperature (no /no/such/file)");
  expect(payload.throttling.problem).toContain("does not tell whether it is throttled");
  expect(payload.disk.problem).toContain("ENOENT");
  expect(payload.uptimeSeconds).toBeGreaterThan(0);
});

import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Health } from "../../examples/plugins/raspberry-pi/health.ts";
import { decodeThrottling } from "../../examples/plugins/raspberry-pi/throttling.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { openExample } from "./support/open-example.ts";
import { programsFirst } from "./support/programs.ts";

const cleanUp = cleanUpAfterEach();

const ZONE = "sys/class/thermal/thermal_zone0";
const THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled";

/** What a Pi 4 has in /proc and /sys. */
const PI = {
  "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
  "proc/uptime": "86412.34 340000.11\n",
  "proc/loadavg": "0.42 0.36 0.30 2/180 4711\n",
  "proc/meminfo": "MemTotal:         473960 kB\nMemFree:           61240 kB\nMemAvailable:     301112 kB\n",
  [`${ZONE}/type`]: "cpu-thermal\n",
  [`${ZONE}/temp`]: "81270\n",
  [THROTTLED]: "50005\n",
};

async function openPi(files: Record<string, string>, env = {}) {
  const root = await cleanUp.folder();
  await writeFiles(root, files);
  return openExample(cleanUp, "raspberry-pi", { settings: { root }, env });
}

describe("on a Pi", () => {
  it("reads all there is", async () => {
    const { call } = await openPi(PI);
    const { status, body } = await call("pi.health");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model: "Raspberry Pi 4 Model B Rev 1.4",
      uptimeSeconds: 86412,
      temperatureCelsius: 81.27,
      throttling: {
        bits: "0x50005",
        underVoltage: { now: true, sinceBoot: true },
        frequencyCapped: { now: false, sinceBoot: false },
        throttled: { now: true, sinceBoot: true },
        temperatureLimited: { now: false, sinceBoot: false },
      },
      load: [0.42, 0.36, 0.3],
      memory: { totalBytes: 473960 * 1024, availableBytes: 301112 * 1024 },
      missing: {},
    });
    expect((body as Health).disks?.["/"]?.totalBytes).toBeGreaterThan(0);
  });

  it("takes the CPU's thermal zone, wherever it stands", async () => {
    const zone = "sys/class/thermal/thermal_zone2";
    const others = {
      [`${ZONE}/type`]: "pmic\n",
      [`${zone}/type`]: "soc-thermal\n",
      [`${zone}/temp`]: "42000\n",
    };
    const { call } = await openPi({ ...PI, ...others });
    expect((await call("pi.health")).body).toMatchObject({ temperatureCelsius: 42 });
  });

  it("asks vcgencmd where the kernel does not say how it is throttled", async () => {
    const { [THROTTLED]: _, ...files } = PI;
    const PATH = await programsFirst(cleanUp, {
      vcgencmd: '#!/bin/sh\n[ "$1" = get_throttled ] && echo throttled=0x80008\n',
    });
    const { call } = await openPi(files, { PATH });
    expect((await call("pi.health")).body).toMatchObject({
      throttling: { bits: "0x80008", temperatureLimited: { now: true, sinceBoot: true } },
    });
  });

  it("warns of heat and a weak power supply when its task is due", async () => {
    const { schedule, log } = await openPi(PI);
    expect(await schedule.runNow("raspberry-pi", "watch")).toBe("ok");
    const warnings = log.lines().filter(({ level }) => level === "warn");
    expect(warnings.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([
        "the CPU has 81.27 °C",
        "the power supply is too weak",
        "the CPU is throttled",
      ]),
    );
  });
});

it("says on this machine what it is, and why it cannot say the rest", async () => {
  const { call } = await openExample(cleanUp, "raspberry-pi");
  const { status, body } = await call("pi.health");
  expect(status).toBe(200);
  const health = body as Health;
  const meminfo = await readFile("/proc/meminfo", "utf8");
  expect(health.memory?.totalBytes).toBe(Number(/MemTotal: +(\d+)/.exec(meminfo)?.[1]) * 1024);
  expect(health.load).toHaveLength(3);
  expect(health.disks?.["/"]?.usedPercent).toBeGreaterThan(0);
  // Each reading is there or its absence is explained, on whatever machine this is.
  for (const name of [
    "model",
    "uptimeSeconds",
    "temperatureCelsius",
    "throttling",
    "load",
    "memory",
    "disks",
  ])
    expect(name in health, name).not.toBe(name in health.missing);
});

it("explains each thing that a machine without any of them lacks", async () => {
  const { call } = await openPi({}, { PATH: "/nowhere" });
  const { missing } = (await call("pi.health")).body as Health;
  expect(missing.model).toMatch(/^this machine has no .*\/proc\/device-tree\/model$/);
  expect(missing.temperatureCelsius).toMatch(/^this machine has no thermal zone in /);
  expect(missing.throttling).toMatch(
    /neither .*get_throttled nor the program vcgencmd: it is no Raspberry Pi/,
  );
});

it("does not make a number of what the firmware did not mean as one", () => {
  expect(() => decodeThrottling("")).toThrow("no number");
  expect(decodeThrottling("0").throttled).toEqual({ now: false, sinceBoot: false });
});

it("needs no other root than the one that is set", async () => {
  const { set } = await openExample(cleanUp, "raspberry-pi", {
    settings: { root: path.join("not", "absolute") },
  });
  expect(set.status().find(({ name }) => name === "raspberry-pi")?.problem).toContain(
    "plugins.settings.raspberry-pi.root",
  );
});

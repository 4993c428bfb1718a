import { execFile } from "node:child_process";
import { readFile, statfs } from "node:fs/promises";
import { freemem, loadavg, totalmem, uptime } from "node:os";
import { promisify } from "node:util";
import { definePlugin } from "hubhand";

/** What to look at; every part says why not where it cannot be had. */
interface Settings {
  readonly disk: string;
  readonly thermalFile: string;
  readonly throttledFile: string;
  readonly warnAtCelsius: number;
}

/** What the firmware tells by bits: now, and since the start (vcgencmd get_throttled in Raspberry Pi's documentation). */
const THROTTLED = {
  underVoltage: 0,
  frequencyCapped: 1,
  throttled: 2,
  softTemperatureLimit: 3,
  underVoltageSinceStart: 16,
  frequencyCappedSinceStart: 17,
  throttledSinceStart: 18,
  softTemperatureLimitSinceStart: 19,
};

/** How a Raspberry Pi is: how hot, whether its power is too weak, how full its card is. */
export default definePlugin<Settings>({
  description: "Temperature, throttling, disk, memory and load of a Raspberry Pi.",
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      disk: { type: "string", default: "/", description: "A path on the file system to tell of." },
      thermalFile: { type: "string", default: "/sys/class/thermal/thermal_zone0/temp" },
      throttledFile: { type: "string", default: "/sys/devices/platform/soc/soc:firmware/get_throttled" },
      warnAtCelsius: { type: "number", default: 80 },
    },
  },
  methods: {
    "pi.health": {
      description: "All at once; a part that this machine does not have says why not.",
      schema: { type: "null" },
      timeout: "10s",
      handler: (_, { settings }) => health(settings),
    },
  },
  tasks: {
    "pi.warn": {
      description: "Warns in the log of heat and of weak power.",
      cron: "*/5 * * * *",
      async run({ settings, log }) {
        const { cpu, throttling } = await health(settings);
        if ("celsius" in cpu && cpu.celsius >= settings.warnAtCelsius) log.warn(cpu, "the processor is hot");
        if ("underVoltage" in throttling && throttling.underVoltage)
          log.warn(throttling, "the power supply is too weak");
      },
    },
  },
});

async function health({ disk, thermalFile, throttledFile }: Settings) {
  const [minute, fiveMinutes, quarter] = loadavg();
  return {
    cpu: await orProblem(temperature(thermalFile)),
    throttling: await orProblem(throttling(throttledFile)),
    disk: await orProblem(space(disk)),
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    load: { minute, fiveMinutes, quarter },
    uptimeSeconds: Math.round(uptime()),
  };
}

async function orProblem<T extends object>(work: Promise<T>): Promise<T | { problem: string }> {
  try {
    return await work;
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

async function temperature(file: string): Promise<{ celsius: number }> {
  const thousandths = Number(await read(file, "this machine does not tell its temperature"));
  return { celsius: Math.round(thousandths / 100) / 10 };
}

/** From the kernel, which also tells it in a container; else from the firmware's own tool. */
async function throttling(file: string): Promise<Record<keyof typeof THROTTLED, boolean>> {
  const text = await read(file, "").catch(askFirmware);
  const bits = Number.parseInt(
    text
      .trim()
      .replace(/^throttled=/, "")
      .replace(/^0x/, ""),
    16,
  );
  const isSet = ([name, bit]: [string, number]) => [name, ((bits >> bit) & 1) === 1];
  return Object.fromEntries(Object.entries(THROTTLED).map(isSet));
}

async function askFirmware(): Promise<string> {
  try {
    return (await promisify(execFile)("vcgencmd", ["get_throttled"])).stdout;
  } catch {
    throw new Error("this machine does not tell whether it is throttled; a Raspberry Pi does");
  }
}

async function space(disk: string): Promise<{ totalBytes: number; freeBytes: number }> {
  const { blocks, bavail, bsize } = await statfs(disk);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

async function read(file: string, otherwise: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new Error(`${otherwise} (no ${file})`);
  }
}

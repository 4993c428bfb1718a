import { definePlugin } from "hubhand";
import { type Health, readHealth } from "./health.ts";

interface Settings {
  root: string;
  disks: string[];
  warnAtCelsius: number;
  warnAtDiskPercent: number;
}

/** How a Raspberry Pi is. What a machine does not have is told with the reason, and the rest is answered. */
export default definePlugin<Settings>({
  description:
    "Temperature, throttling, load, memory and disks of a Raspberry Pi; on others, what there is of it.",
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      root: {
        type: "string",
        pattern: "^/",
        default: "/",
        description:
          "Where the host's /proc, /sys and disks are: /host in a container that has mounted them there.",
      },
      disks: { type: "array", items: { type: "string", pattern: "^/" }, default: ["/"] },
      warnAtCelsius: { type: "number", default: 75 },
      warnAtDiskPercent: { type: "number", default: 90 },
    },
  },
  methods: {
    "pi.health": {
      description: "All readings at once. `missing` says what cannot be read here, and why.",
      schema: { type: "null" },
      timeout: "10s",
      concurrency: 1,
      handler: (_payload, { settings, signal }) => readHealth({ ...settings, signal }),
    },
  },
  tasks: {
    watch: {
      description: "Warns in the log of heat, a weak power supply and full disks.",
      cron: "*/5 * * * *",
      timeout: "10s",
      async run({ settings, signal, log }) {
        for (const warning of warningsOf(await readHealth({ ...settings, signal }), settings))
          log.warn(warning);
      },
    },
  },
});

function warningsOf({ temperatureCelsius, throttling, disks }: Health, settings: Settings): string[] {
  const warnings: string[] = [];
  if (temperatureCelsius !== undefined && temperatureCelsius >= settings.warnAtCelsius)
    warnings.push(`the CPU has ${temperatureCelsius} °C`);
  if (throttling?.underVoltage.now) warnings.push("the power supply is too weak");
  if (throttling?.throttled.now) warnings.push("the CPU is throttled");
  for (const [path, { usedPercent }] of Object.entries(disks ?? {}))
    if (usedPercent >= settings.warnAtDiskPercent)
      warnings.push(`the disk at ${path} is ${usedPercent} % full`);
  return warnings;
}

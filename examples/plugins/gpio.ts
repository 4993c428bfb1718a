import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { definePlugin } from "hubhand";

/** Which lines may be touched, by a name that callers use. */
interface Settings {
  readonly chip: string;
  readonly lines: Readonly<Record<string, number>>;
}

const run = promisify(execFile);

/**
 * Pins of a Raspberry Pi and of other boards, by the tools of libgpiod (apt install gpiod). Callers name a line that the
 * configuration lets them have, and never a number.
 */
export default definePlugin<Settings>({
  description: "GPIO lines by name.",
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      chip: { type: "string", default: "gpiochip0" },
      lines: {
        type: "object",
        default: {},
        description: "Names and line offsets: { relay: 17 }.",
        additionalProperties: { type: "integer", minimum: 0 },
      },
    },
  },
  methods: {
    "gpio.set": {
      description: "Drives a line high or low.",
      schema: {
        type: "object",
        required: ["line", "value"],
        additionalProperties: false,
        properties: { line: { type: "string" }, value: { enum: [0, 1] } },
      },
      timeout: "5s",
      // Two at once on one chip would only wait for each other.
      concurrency: 1,
      async handler({ line, value }: { line: string; value: 0 | 1 }, { settings, reply }) {
        const offset = settings.lines[line];
        if (offset === undefined) return reply(404, noSuchLine(line, settings));
        const flags = (await version("gpioset")) === 1 ? [settings.chip] : ["-t0", "-c", settings.chip];
        await tool("gpioset", [...flags, `${offset}=${value}`]);
        return { line, value };
      },
    },
    "gpio.get": {
      description: "Reads a line.",
      schema: {
        type: "object",
        required: ["line"],
        additionalProperties: false,
        properties: { line: { type: "string" } },
      },
      timeout: "5s",
      concurrency: 1,
      async handler({ line }: { line: string }, { settings, reply }) {
        const offset = settings.lines[line];
        if (offset === undefined) return reply(404, noSuchLine(line, settings));
        const flags = (await version("gpioget")) === 1 ? [settings.chip] : ["--numeric", "-c", settings.chip];
        return { line, value: Number(await tool("gpioget", [...flags, String(offset)])) };
      },
    },
  },
});

const noSuchLine = (line: string, { lines }: Settings) => ({
  problem: `plugins.settings.gpio.lines names no line "${line}"`,
  lines: Object.keys(lines),
});

/** libgpiod 2 changed its tools' flags: they name the chip by -c, and gpioset holds the line unless it is told not to. */
async function version(name: string): Promise<number> {
  return Number(/v(\d+)\./.exec(await tool(name, ["--version"]))?.[1] ?? 2);
}

async function tool(name: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(name, args)).stdout.trim();
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new Error(`${name} is not installed: apt install gpiod`);
    throw new Error(stderr.trim() || `${name} failed with ${code}`);
  }
}

import { type CallContext, definePlugin } from "hubhand";
import { createLines, type Line, type Lines, Unavailable } from "./lines.ts";

interface Settings {
  chip: string;
  lines: Record<string, Line>;
}

/** One for the life of the plugin: made at the start, let go at the stop. */
let lines: Lines | undefined;

const SWITCH = {
  type: "object",
  required: ["line", "on"],
  additionalProperties: false,
  properties: { line: { type: "string" }, on: { type: "boolean" } },
};

/** Switches outputs and reads inputs, by names that the settings give them: callers know no pin. */
export default definePlugin<Settings>({
  description: "GPIO lines by gpioset and gpioget of libgpiod, version 1 or 2.",
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      chip: { type: "string", default: "/dev/gpiochip0" },
      lines: {
        type: "object",
        default: {},
        additionalProperties: {
          type: "object",
          required: ["offset", "direction"],
          additionalProperties: false,
          properties: {
            offset: { type: "integer", minimum: 0, description: "Of the chip; on a Pi, the GPIO's number." },
            direction: { enum: ["in", "out"] },
            activeLow: { type: "boolean", default: false },
            bias: { enum: ["pull-up", "pull-down"] },
          },
        },
      },
    },
  },
  start({ settings, log }) {
    lines = createLines({ chip: settings.chip, onLost: (message) => log.warn(message) });
  },
  stop: () => lines?.release(),
  methods: {
    "gpio.set": {
      description: "Switches an output, which stays so as long as the plugin runs.",
      schema: SWITCH,
      timeout: "5s",
      // Two calls for one line would fight over it.
      concurrency: 1,
      async handler({ line, on }: { line: string; on: boolean }, { settings, signal, reply }) {
        const wanted = lineOf(line, settings);
        if (wanted === undefined) return reply(404, noLine(line, settings));
        if (wanted.direction === "in") return reply(409, { problem: `${line} is an input` });
        return orWhyNot(reply, async () => {
          await lines?.set(wanted, on, signal);
          return { line, on };
        });
      },
    },
    "gpio.get": {
      description: "Reads an input, or tells how an output was switched.",
      schema: {
        type: "object",
        required: ["line"],
        additionalProperties: false,
        properties: { line: { type: "string" } },
      },
      timeout: "5s",
      async handler({ line }: { line: string }, { settings, signal, reply }) {
        const wanted = lineOf(line, settings);
        if (wanted === undefined) return reply(404, noLine(line, settings));
        return orWhyNot(reply, async () => ({ line, on: (await lines?.get(wanted, signal)) ?? null }));
      },
    },
  },
  messages: {
    "gpio.set": {
      description: "The same as a message, which the hub keeps while the device is out of reach.",
      schema: SWITCH,
      timeout: "5s",
      async handler({ line, on }: { line: string; on: boolean }, { settings, signal, log }) {
        const wanted = lineOf(line, settings);
        // It will be no output tomorrow either: a throw would only bring the message again.
        if (wanted?.direction !== "out") log.warn({ line }, "a message wants to switch what is no output");
        else await lines?.set(wanted, on, signal);
      },
    },
  },
});

/** A caller may ask for `constructor`, which every object has. */
function lineOf(name: string, { lines: known }: Settings): Line | undefined {
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

/** 501 where this machine cannot do it: not the caller's mistake, and no fault of this code. */
async function orWhyNot(reply: CallContext["reply"], work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unavailable) return reply(501, { problem: error.message });
    throw error;
  }
}

function noLine(line: string, { lines: known }: Settings): { problem: string } {
  const names = Object.keys(known).join(", ") || "none";
  return { problem: `there is no line ${line}; plugins.settings.gpio.lines has ${names}` };
}

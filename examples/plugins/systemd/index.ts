import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type CallContext, definePlugin } from "hubhand";

interface Settings {
  command: [string, ...string[]];
}

/** This machine cannot answer; the message says why, and what would help. */
class Unavailable extends Error {}

const PROPERTIES = [
  "Id",
  "Description",
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "NRestarts",
  "MainPID",
  "StateChangeTimestampMonotonic",
];

/** How the services of this machine are. It looks and changes nothing. */
export default definePlugin<Settings>({
  description: "The state of systemd's units.",
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      command: {
        type: "array",
        minItems: 1,
        items: { type: "string" },
        default: ["systemctl"],
        description: "What to run; where systemctl is elsewhere, or needs help to get there.",
      },
    },
  },
  methods: {
    "systemd.unit": {
      description: "One unit: whether it is active, since when, and how often it was restarted.",
      schema: {
        type: "object",
        required: ["unit"],
        additionalProperties: false,
        // No dash in front: it would be an option of systemctl.
        properties: { unit: { type: "string", pattern: "^[A-Za-z0-9_.][A-Za-z0-9:_.@\\\\-]{0,254}$" } },
      },
      timeout: "10s",
      handler: ({ unit }: { unit: string }, { settings, signal, reply }) =>
        orWhyNot(reply, async () => {
          const text = await systemctl(settings, ["show", `--property=${PROPERTIES.join()}`, unit], signal);
          const state = stateOf(text);
          return state.loaded === "not-found" ? reply(404, { problem: `there is no unit ${unit}` }) : state;
        }),
    },
    "systemd.failed": {
      description: "The names of the units that have failed.",
      schema: { type: "null" },
      timeout: "10s",
      handler: (_payload, { settings, signal, reply }) =>
        orWhyNot(reply, async () => {
          const flags = ["list-units", "--state=failed", "--plain", "--no-legend", "--no-pager", "--full"];
          const text = await systemctl(settings, flags, signal);
          return text.split("\n").flatMap((line) => line.trim().split(/\s+/, 1).filter(Boolean));
        }),
    },
  },
});

/** 501 where this machine cannot answer: not the caller's mistake, and no fault of this code. */
async function orWhyNot(reply: CallContext["reply"], work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unavailable) return reply(501, { problem: error.message });
    throw error;
  }
}

async function systemctl({ command }: Settings, args: string[], signal: AbortSignal): Promise<string> {
  const [program, ...before] = command;
  try {
    return (await promisify(execFile)(program, [...before, ...args], { signal })).stdout;
  } catch (error) {
    const { code, stderr = "", message } = error as { code?: unknown; stderr?: string; message: string };
    if (code === "ENOENT") throw new Unavailable(`there is no program ${program} here. ${REMEDY}`);
    if (/not been booted with systemd|connect to bus/i.test(stderr))
      throw new Unavailable(`systemd does not run here: ${stderr.trim().split("\n")[0]} ${REMEDY}`);
    throw new Error(stderr.trim() || message);
  }
}

const REMEDY =
  "In a container, systemd is the host's: run hubhand on the host, or give the container its /run/systemd and /run/dbus.";

/** Reads `Key=value` lines. */
function stateOf(text: string) {
  const values = new Map(
    text.split("\n").map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const number = (key: string): number => Number(values.get(key) ?? 0);
  const changed = number("StateChangeTimestampMonotonic");
  return {
    unit: values.get("Id"),
    description: values.get("Description"),
    loaded: values.get("LoadState"),
    active: values.get("ActiveState"),
    sub: values.get("SubState"),
    result: values.get("Result"),
    restarts: number("NRestarts"),
    ...(number("MainPID") > 0 ? { pid: number("MainPID") } : {}),
    // Microseconds of the clock that Node reads too. The other timestamps are written as the locale has it.
    ...(changed > 0
      ? { secondsInState: Math.round(Number(process.hrtime.bigint()) / 1e9 - changed / 1e6) }
      : {}),
  };
}

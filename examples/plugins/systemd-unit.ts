import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { definePlugin } from "hubhand";

const PROPERTIES = [
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "NRestarts",
  "ActiveEnterTimestamp",
] as const;

/** How a unit of systemd is: whether a service runs, since when, how often it was started again. */
export default definePlugin({
  description: "The state of systemd's units.",
  methods: {
    "unit.state": {
      description: "How a unit is, such as ssh.service.",
      schema: {
        type: "object",
        required: ["unit"],
        additionalProperties: false,
        // A letter first: what begins with "-" would be a flag.
        properties: { unit: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,255}$" } },
      },
      timeout: "10s",
      async handler({ unit }, { reply }) {
        const state = await show(unit);
        if (state.LoadState === "not-found") return reply(404, { problem: `there is no unit ${unit}` });
        return {
          unit,
          active: state.ActiveState,
          sub: state.SubState,
          result: state.Result,
          restarts: Number(state.NRestarts ?? 0),
          since: state.ActiveEnterTimestamp ?? null,
        };
      },
    },
  },
});

async function show(unit: string): Promise<Readonly<Record<string, string | undefined>>> {
  const args = ["show", "--no-pager", `--property=${PROPERTIES.join(",")}`, "--", unit];
  try {
    const { stdout } = await promisify(execFile)("systemctl", args);
    return Object.fromEntries(
      stdout
        .split("\n")
        .filter((line) => line.includes("="))
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new Error("there is no systemd here; a container does not have one");
    throw new Error(stderr.trim() || `systemctl failed with ${code}`);
  }
}

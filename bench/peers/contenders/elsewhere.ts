import { spawnSync } from "node:child_process";
import path from "node:path";
import { type Contender, plainEnv } from "./contender.ts";
import { INSTALLED } from "./installed.ts";

/** @returns the last line that it said, if it failed */
function failureOf(file: string, args: readonly string[]): string | undefined {
  const { error, status, stderr } = spawnSync(file, args, { encoding: "utf8" });
  if (error !== undefined) return `${file} is not there`;
  return status === 0 ? undefined : (stderr.trim().split("\n").at(-1) ?? `it ended with ${status}`);
}

/** The sample of the Python SDK, if python3 has it. */
export const PYTHON_SAMPLE: Contender = {
  id: "python",
  name: "Python SDK sample",
  isNode: false,
  prepare: () => failureOf("python3", ["-c", "import azure.iot.device"]),
  command: (ground) => ({
    file: "python3",
    args: [path.join(INSTALLED, "python-sample.py")],
    env: plainEnv(ground),
  }),
};

/** The least that any program does, if a compiler and libmosquitto's header are there (Debian: libmosquitto-dev). */
export function cEcho(): Contender {
  let program = "";
  return {
    id: "c",
    name: "C, libmosquitto",
    isNode: false,
    prepare(folder) {
      program = path.join(folder, "c-echo");
      const source = path.join(INSTALLED, "echo.c");
      const failure = failureOf("cc", ["-O2", "-o", program, source, "-lmosquitto"]);
      return failure && `it cannot be compiled (${failure})`;
    },
    command: (ground) => ({ file: program, args: [], env: plainEnv(ground) }),
  };
}

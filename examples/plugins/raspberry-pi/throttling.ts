import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

export interface Throttling {
  /** As the firmware says it. */
  readonly bits: string;
  readonly underVoltage: Seen;
  readonly frequencyCapped: Seen;
  readonly throttled: Seen;
  readonly temperatureLimited: Seen;
}

interface Seen {
  readonly now: boolean;
  readonly sinceBoot: boolean;
}

/** What the firmware's bits mean (Raspberry Pi documentation, vcgencmd get_throttled): now, and 16 higher since boot. */
export function decodeThrottling(hex: string): Throttling {
  const bits = Number.parseInt(hex, 16);
  if (Number.isNaN(bits)) throw new Error(`the firmware says ${JSON.stringify(hex)}, which is no number`);
  const seen = (bit: number): Seen => ({
    now: (bits & (1 << bit)) !== 0,
    sinceBoot: (bits & (1 << (bit + 16))) !== 0,
  });
  return {
    bits: `0x${bits.toString(16)}`,
    underVoltage: seen(0),
    frequencyCapped: seen(1),
    throttled: seen(2),
    temperatureLimited: seen(3),
  };
}

/** Asks the kernel of Raspberry Pi OS, which needs no program and no rights, else vcgencmd. */
export async function readThrottling({
  root,
  signal,
}: {
  root: string;
  signal: AbortSignal;
}): Promise<Throttling> {
  const file = path.join(root, "/sys/devices/platform/soc/soc:firmware/get_throttled");
  const fromKernel = await readFile(file, "utf8").catch(() => undefined);
  if (fromKernel !== undefined) return decodeThrottling(fromKernel.trim());
  try {
    const { stdout } = await promisify(execFile)("vcgencmd", ["get_throttled"], { signal });
    return decodeThrottling(stdout.trim().replace("throttled=", ""));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(`this machine has neither ${file} nor the program vcgencmd: it is no Raspberry Pi`);
  }
}

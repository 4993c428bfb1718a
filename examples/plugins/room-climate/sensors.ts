import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

export interface Climate {
  readonly celsius?: number;
  readonly humidityPercent?: number;
  readonly hectopascal?: number;
}

/** The kernel's file, what it is here, and how many of the kernel's units are one (its ABI documentation, sysfs-bus-iio). */
const READINGS = [
  { file: "in_temp_input", name: "celsius", units: 1_000 },
  { file: "in_humidityrelative_input", name: "humidityPercent", units: 1_000 },
  { file: "in_pressure_input", name: "hectopascal", units: 0.1 },
] as const;

/**
 * Reads whatever climate sensor the kernel has a driver for (BME280, DHT11, SHT3x …); on a Raspberry Pi one line in
 * config.txt makes it known, as `dtoverlay=dht11,gpiopin=4`.
 * @param root where /sys is
 * @throws Error if there is none; one that gives no number now is left out
 */
export async function readClimate(root: string): Promise<Climate> {
  const folder = path.join(root, "sys/bus/iio/devices");
  const devices = await readdir(folder).catch(() => []);
  const found: Record<string, number> = {};
  let seen = 0;
  for (const device of devices.sort())
    for (const { file, name, units } of READINGS) {
      const text = await readFile(path.join(folder, device, file), "utf8").catch(readingFailed);
      if (text === undefined) continue;
      seen += 1;
      // Cheap sensors miss every tenth reading (EIO, ETIMEDOUT): the next will do.
      if (text !== "") found[name] ??= Math.round((Number(text) / units) * 10) / 10;
    }
  if (seen === 0) throw new Error(`this machine has no climate sensor in ${folder}`);
  return found;
}

const readingFailed = (error: NodeJS.ErrnoException): "" | undefined =>
  error.code === "ENOENT" || error.code === "ENOTDIR" ? undefined : "";

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Where Linux tells the temperatures that it knows (its documentation, thermal/sysfs-api). */
const THERMAL = "/sys/class/thermal";
/** What drivers call the sensor of a processor: `cpu-thermal` on a Pi, `x86_pkg_temp` on a PC. */
const OF_CPU = /cpu|soc|x86_pkg|coretemp|k10temp/i;

/**
 * The processor's temperature in degrees Celsius, of the first sensor that is named after it, else of the first of all;
 * undefined where there is none. Never rejects.
 */
export async function cpuTemperature(directory = THERMAL): Promise<number | undefined> {
  try {
    const zones = (await readdir(directory)).filter((name) => name.startsWith("thermal_zone")).toSorted();
    const named = await Promise.all(
      zones.map(async (zone) => ({ zone, type: await read(path.join(directory, zone, "type")) })),
    );
    const chosen = named.find(({ type }) => OF_CPU.test(type)) ?? named[0];
    if (chosen === undefined) return undefined;
    // In thousandths of a degree. An empty text would be 0.
    const text = await read(path.join(directory, chosen.zone, "temp"));
    const celsius = Number.parseInt(text, 10) / 1000;
    return Number.isFinite(celsius) ? celsius : undefined;
  } catch {
    return undefined;
  }
}

async function read(file: string): Promise<string> {
  return (await readFile(file, "utf8")).trim();
}

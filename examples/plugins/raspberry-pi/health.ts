import { readdir, readFile, statfs } from "node:fs/promises";
import path from "node:path";
import { readThrottling, type Throttling } from "./throttling.ts";

export interface Health {
  readonly model?: string;
  readonly uptimeSeconds?: number;
  readonly temperatureCelsius?: number;
  readonly throttling?: Throttling;
  /** How many processes ran or wanted to, over one, five and fifteen minutes. */
  readonly load?: readonly number[];
  readonly memory?: { readonly totalBytes: number; readonly availableBytes: number };
  readonly disks?: Readonly<Record<string, Disk>>;
  /** Why the others are not here, by name. */
  readonly missing: Readonly<Record<string, string>>;
}

export interface Disk {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Of what others than root may use, as `df` has it. */
  readonly usedPercent: number;
}

export interface HealthOptions {
  /** Where /proc, /sys and the disks are. */
  readonly root: string;
  readonly disks: readonly string[];
  readonly signal: AbortSignal;
}

/** Reads what there is. Never rejects: what cannot be read is in `missing`. */
export async function readHealth({ root, disks, signal }: HealthOptions): Promise<Health> {
  const at = (file: string): string => path.join(root, file);
  const readings: Record<Exclude<keyof Health, "missing">, () => Promise<unknown>> = {
    model: () => readText(at("/proc/device-tree/model")),
    uptimeSeconds: async () => Math.round(Number((await readText(at("/proc/uptime"))).split(" ")[0])),
    temperatureCelsius: () => readTemperature(at("/sys/class/thermal")),
    throttling: () => readThrottling({ root, signal }),
    load: async () => (await readText(at("/proc/loadavg"))).split(" ").slice(0, 3).map(Number),
    memory: () => readMemory(at("/proc/meminfo")),
    disks: async () =>
      Object.fromEntries(await Promise.all(disks.map(async (disk) => [disk, await readDisk(at(disk))]))),
  };
  const missing: Record<string, string> = {};
  const found = await Promise.all(
    Object.entries(readings).map(async ([name, read]) => {
      try {
        return [[name, await read()]];
      } catch (error) {
        missing[name] = error instanceof Error ? error.message : String(error);
        return [];
      }
    }),
  );
  return { ...Object.fromEntries(found.flat()), missing };
}

/** The device tree ends its texts with a zero byte. */
async function readText(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replaceAll("\0", "").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new Error(`this machine has no ${file}`);
    throw error;
  }
}

/** A Pi has one zone, `cpu-thermal`; others have several, and the CPU's goes by many names. */
async function readTemperature(folder: string): Promise<number> {
  const zones = (await readdir(folder).catch(() => []))
    .filter((name) => name.startsWith("thermal_zone"))
    .sort();
  const types = await Promise.all(zones.map((zone) => readText(path.join(folder, zone, "type"))));
  const ofCpu = types.findIndex((type) => /cpu|soc|x86_pkg|bcm2835/.test(type));
  const zone = zones[Math.max(ofCpu, 0)];
  if (zone === undefined) throw new Error(`this machine has no thermal zone in ${folder}`);
  return Number(await readText(path.join(folder, zone, "temp"))) / 1000;
}

async function readMemory(file: string): Promise<NonNullable<Health["memory"]>> {
  const text = await readText(file);
  const bytes = (key: string): number =>
    Number(new RegExp(`^${key}: +(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
  return { totalBytes: bytes("MemTotal"), availableBytes: bytes("MemAvailable") };
}

async function readDisk(folder: string): Promise<Disk> {
  const { bsize, blocks, bfree, bavail } = await statfs(folder);
  const used = blocks - bfree;
  return {
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    usedPercent: Math.ceil((100 * used) / Math.max(used + bavail, 1)),
  };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Contender } from "../peers/contenders/contender.ts";
import { type Door, makeDoor } from "./door.ts";
import type { CallingHub } from "./hub.ts";

const START_LIMIT_MS = 60_000;

/** A process that answers calls, and its way to the hub. */
export interface Device {
  readonly contender: string;
  readonly door: Door;
  /** Milliseconds from now until a call of a session to come is answered; Infinity if that is not within `limit`. */
  back(limit: number): Promise<number>;
  stop(): Promise<void>;
}

export interface DeviceOptions {
  readonly contender: Contender;
  readonly deviceId: string;
  readonly hub: CallingHub;
  readonly caFile: string;
  /** Where it may have an empty folder of its own. */
  readonly folder: string;
}

/** Resolves when it has answered its first call. */
export async function startDevice(options: DeviceOptions): Promise<Device> {
  const { contender, deviceId, hub, caFile } = options;
  const door = await makeDoor(hub.port);
  const folder = path.join(options.folder, deviceId);
  mkdirSync(folder);
  const key = Buffer.from("no secret, only long enough").toString("base64");
  const connectionString = `HostName=localhost:${door.port};DeviceId=${deviceId};SharedAccessKey=${key}`;
  const ground = { port: door.port, deviceId, connectionString, caFile, folder };
  const { file, args, env } = contender.command(ground);
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    // What they say is not asked for: a sample ends with a stack trace when it gives up.
    stdio: "ignore",
    cwd: folder,
  });
  const exited = once(child, "exit");
  // One that has ended never comes back.
  const gone = exited.then(() => Number.POSITIVE_INFINITY);

  async function back(limit: number): Promise<number> {
    const since = performance.now();
    const answered = hub.answered(deviceId).then(() => performance.now() - since);
    const over = new AbortController();
    const late = new Promise<number>((resolve) => {
      const timer = setTimeout(() => resolve(Number.POSITIVE_INFINITY), limit);
      over.signal.addEventListener("abort", () => clearTimeout(timer));
    });
    try {
      return await Promise.race([answered, gone, late]);
    } finally {
      over.abort();
    }
  }

  if ((await back(START_LIMIT_MS)) === Number.POSITIVE_INFINITY)
    throw new Error(`${contender.name} does not come online`);
  return {
    contender: contender.name,
    door,
    back,
    async stop() {
      child.kill("SIGKILL");
      await exited;
      await door.shut();
    },
  };
}

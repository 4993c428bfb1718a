import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { docker } from "../../test/container/support/engine.ts";
import { lastingPort } from "../../test/support/lasting-port.ts";
import type { CallFigures } from "../light-hub/calls.ts";
import { type Child, startChild } from "../support/children.ts";
import { type SmallContainer, startContainer } from "./container.ts";
import { type GroupMemory, groupMemoryOf } from "./control-group.ts";
import { callSteadily, type Load } from "./load.ts";

const DEVICE = "small";
const METHOD = {
  methodName: "echo",
  payload: '{"level":42.5,"text":"as much as a call has"}',
  count: 1,
  atOnce: 1,
};
const LOOK_EVERY_MS = 5_000;
const CALL_LIMIT_MS = 60_000;
const PLUGINS = fileURLToPath(new URL("../peers/plugins", import.meta.url));

export interface SmallOptions {
  readonly image: string;
  readonly minutes: number;
  /** Of the container, in megabytes (2^20). */
  readonly memory: number;
  /** Calls a second. */
  readonly rate: number;
  readonly interrupted: AbortSignal;
}

/** How it went; memory in megabytes (2^20). */
export interface SmallReport {
  readonly load: Load;
  readonly peak: number;
  readonly anonymousMost: number;
  readonly anonymousLast: number;
  readonly atLimit: number;
  readonly majorFaults: number;
  readonly killed: number;
  readonly health: string;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
}

/** Every call was answered, nothing was ended for want of memory, and it stopped when it was asked to. */
export function isWell({ load, killed, health, exitCode, outOfMemory }: SmallReport): boolean {
  const isAnswered = load.calls > 0 && load.refused === 0 && load.unanswered === 0;
  return isAnswered && exitCode === 0 && !outOfMemory && killed === 0 && health !== "unhealthy";
}

/** Runs the image with so much memory and the plugin of the bench, and calls it. */
export async function soakSmall(options: SmallOptions): Promise<SmallReport & { readonly log: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), "hubhand-small-"));
  const hub = startChild(new URL("../light-hub/hub.ts", import.meta.url));
  let container: SmallContainer | undefined;
  try {
    container = await startAgent(hub, folder, options);
    await inTime(hub.ask("online", { deviceId: DEVICE, plan: METHOD }));
    process.stderr.write("online\n");
    const { load, seen } = await loadIt(hub, container, options);
    const { health } = await container.state();
    await docker("stop", "--time=30", container.id);
    const { exitCode, outOfMemory } = await container.state();
    const last = seen.at(-1);
    if (last === undefined) throw new Error("it ended before its memory was looked at");
    const { atLimit, majorFaults, killed } = last;
    return {
      ...{ load, peak: mebibytes(last.peak), anonymousLast: mebibytes(last.anonymous) },
      anonymousMost: mebibytes(Math.max(...seen.map(({ anonymous }) => anonymous))),
      ...{ atLimit, majorFaults, killed, health, exitCode, outOfMemory },
      log: await container.log(),
    };
  } finally {
    await container?.remove();
    rmSync(folder, { recursive: true, force: true });
    await hub.stop();
  }
}

async function startAgent(
  hub: Child,
  folder: string,
  { image, memory }: SmallOptions,
): Promise<SmallContainer> {
  const { port, ca } = await hub.ask<{ port: number; ca: string }>("open");
  const caFile = path.join(folder, "ca.pem");
  writeFileSync(caFile, ca);
  const key = Buffer.from("no secret, only long enough").toString("base64");
  return startContainer({
    ...{ image, memory },
    env: {
      HUBHAND_CONNECTION_STRING: `HostName=localhost:${port};DeviceId=${DEVICE};SharedAccessKey=${key}`,
      HUBHAND_HUB_CA_FILE: "/ca.pem",
      // It is on this machine's own network.
      HUBHAND_OBSERVE_PORT: String(await lastingPort()),
      HUBHAND_OBSERVE_HOST: "127.0.0.1",
      HUBHAND_PLUGINS_TRUST_FOLDER: "true",
    },
    mounts: { "/app/plugins": PLUGINS, "/ca.pem": caFile },
  });
}

async function loadIt(
  hub: Child,
  container: SmallContainer,
  { rate, minutes, interrupted }: SmallOptions,
): Promise<{ load: Load; seen: GroupMemory[] }> {
  const memoryNow = groupMemoryOf(container.pid);
  const gone = new AbortController();
  const seen = [memoryNow()];
  const look = (): void => {
    try {
      seen.push(memoryNow());
    } catch {
      gone.abort(); // The container has ended, and its group with it.
    }
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  try {
    const load = await callSteadily(
      async () => {
        const asked = hub.ask<CallFigures>("call", { deviceId: DEVICE, plan: METHOD });
        const answer = await inTime(asked, gone.signal);
        return { took: answer.p50, refused: answer.refused > 0 };
      },
      { perSecond: rate, milliseconds: minutes * 60_000, until: AbortSignal.any([gone.signal, interrupted]) },
    );
    look();
    return { load, seen };
  } finally {
    clearInterval(looking);
  }
}

const mebibytes = (bytes: number): number => Number((bytes / 2 ** 20).toFixed(1));

/** @throws Error if it takes too long, or the container is gone */
async function inTime<Answer>(answer: Promise<Answer>, gone?: AbortSignal): Promise<Answer> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), CALL_LIMIT_MS);
  const ended = (): void => reject(new Error("the container has ended"));
  gone?.addEventListener("abort", ended);
  try {
    return await Promise.race([answer, never]);
  } finally {
    clearTimeout(timer);
    gone?.removeEventListener("abort", ended);
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CallFigures } from "../light-hub/calls.ts";
import { startChild } from "../support/children.ts";
import { memoryOf, processorTimeOf } from "../support/process-figures.ts";
import type { Contender } from "./contenders/contender.ts";
import { moveTo, type Pinning, pinning } from "./pinning.ts";
import type { Running } from "./running.ts";
import { spawnContender } from "./spawned.ts";

const METHOD = { methodName: "echo", payload: '{"level":42.5,"text":"as much as a call has"}' };
const START_LIMIT_MS = 60_000;
/** The slowest that is known takes half a millisecond. */
const CALL_LIMIT_MS = 10;
const KEY = Buffer.from("no secret, only long enough").toString("base64");

export interface Arena {
  /** A folder of this run, gone after it. */
  readonly folder: string;
  readonly pinned: Pinning | undefined;
  /** Starts a contender, and resolves when it has answered its first call. */
  start(contender: Contender, nodeArgs?: readonly string[]): Promise<Running>;
  stop(): Promise<void>;
}

/** The light hub, and where contenders run. Nothing of it outlives this process, however that ends. */
export async function openArena(): Promise<Arena> {
  const folder = mkdtempSync(path.join(tmpdir(), "hubhand-bench-"));
  const alive = new Set<{ kill(): void }>();
  process.once("exit", () => {
    for (const each of alive) each.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const pinned = pinning();
  if (pinned) moveTo(pinned.others);
  const hub = startChild(new URL("../light-hub/hub.ts", import.meta.url));
  const { port, ca } = await hub.ask<{ port: number; ca: string }>("open");
  const caFile = path.join(folder, "ca.pem");
  writeFileSync(caFile, ca);
  let started = 0;

  /** Milliseconds of processor time of all that the contender is not: the hub, and this process. */
  async function hubTime(): Promise<number> {
    const { user, system } = process.cpuUsage();
    return (await hub.ask<{ cpu: number }>("use")).cpu + (user + system) / 1000;
  }

  return {
    folder,
    pinned,
    async start(contender, nodeArgs = []) {
      started += 1;
      const deviceId = `device-${started}`;
      const own = path.join(folder, deviceId);
      mkdirSync(own);
      const connectionString = `HostName=localhost:${port};DeviceId=${deviceId};SharedAccessKey=${KEY}`;
      const command = contender.command({ port, deviceId, connectionString, caFile, folder: own });
      const since = performance.timeOrigin + performance.now();
      const spawned = spawnContender(contender.name, command, {
        before: pinned?.before ?? [],
        nodeArgs,
        cwd: own,
      });
      alive.add(spawned);
      const ask = <Answer>(question: string, argument: object, limit: number): Promise<Answer> =>
        spawned.orFailed(hub.ask<Answer>(question, { deviceId, ...argument }), limit);
      const { connectedAt, subscribedAt, answeredAt } = await ask<{
        connectedAt: number;
        subscribedAt: number;
        answeredAt: number;
      }>("online", { plan: METHOD }, START_LIMIT_MS);
      const cpu = () => processorTimeOf(spawned.pid);
      const startCpu = cpu();
      return {
        pid: spawned.pid,
        start: {
          connected: connectedAt - since,
          subscribed: subscribedAt - since,
          answered: answeredAt - since,
          cpu: startCpu,
        },
        cpu,
        memory: () => memoryOf(spawned.pid),
        inspectorUrl: () => spawned.inspectorUrl,
        async call(plan) {
          const before = { own: cpu(), hub: await hubTime() };
          const limit = START_LIMIT_MS + plan.count * CALL_LIMIT_MS;
          const figures = await ask<CallFigures>("call", { plan: { ...METHOD, ...plan } }, limit);
          return { ...figures, cpu: cpu() - before.own, hubCpu: (await hubTime()) - before.hub };
        },
        async stop() {
          await spawned.stop();
          alive.delete(spawned);
        },
      };
    },
    stop: () => hub.stop(),
  };
}

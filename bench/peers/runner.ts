import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "../local-hub/children.ts";
import type { Contender } from "./contenders.ts";
import type { CallFigures, CallPlan } from "./light-hub/calls.ts";
import { type MemoryFigures, memoryOf, processorTimeOf } from "./process-figures.ts";

const METHOD = { methodName: "echo", payload: '{"level":42.5,"text":"as much as a call has"}' };
/** Its processor is not the hub's. */
const PINNED_TO = "1";

export interface Call extends CallFigures {
  /** Milliseconds of processor time of the contender, and of the hub. */
  readonly cpu: number;
  readonly hubCpu: number;
}

export interface Running {
  readonly pid: number;
  /** Milliseconds from its spawn. */
  readonly subscribed: number;
  readonly answered: number;
  call(plan: Pick<CallPlan, "count" | "atOnce">): Promise<Call>;
  cpu(): number;
  memory(): MemoryFigures;
  stop(): Promise<void>;
}

export interface Arena {
  /** Starts a contender, and resolves when it has answered its first call. */
  start(contender: Contender): Promise<Running>;
  stop(): Promise<void>;
}

/** What stands beside hubhand has an installation of its own, as a newcomer's: hubhand's would share its overrides. */
function installPeers(): void {
  const cwd = fileURLToPath(new URL("./installed", import.meta.url));
  if (existsSync(path.join(cwd, "node_modules"))) return;
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

/** The light hub, and where contenders run. */
export async function openArena(): Promise<Arena> {
  installPeers();
  const hub = startChild("../peers/light-hub/hub.ts");
  const { port, ca } = await hub.ask<{ port: number; ca: string }>("open");
  const folder = mkdtempSync(path.join(tmpdir(), "hubhand-bench-"));
  const caFile = path.join(folder, "ca.pem");
  writeFileSync(caFile, ca);
  let started = 0;

  return {
    async start(contender) {
      started += 1;
      const deviceId = `device-${started}`;
      const own = path.join(folder, deviceId);
      mkdirSync(own);
      const connectionString = `HostName=localhost:${port};DeviceId=${deviceId};SharedAccessKey=${Buffer.from("no secret, only long enough").toString("base64")}`;
      const since = performance.timeOrigin + performance.now();
      const child = spawn("taskset", ["-c", PINNED_TO, process.execPath, ...contender.args], {
        env: {
          PATH: process.env.PATH,
          HOME: own,
          ...contender.env({ connectionString, caFile, folder: own }),
        },
        // A pipe that is read, as a container's is.
        stdio: ["ignore", "pipe", "inherit"],
        cwd: own,
      });
      let tail = "";
      child.stdout.on("data", (bytes: Buffer) => {
        tail = bytes.subarray(-2000).toString();
      });
      const exited = once(child, "exit");
      const failed = exited.then(([code]) => {
        throw new Error(`${contender.name} ended with ${code}: ${tail}`);
      });
      failed.catch(() => {});
      const pid = child.pid ?? 0;
      const ask = <Answer>(question: string, argument?: unknown): Promise<Answer> =>
        Promise.race([hub.ask<Answer>(question, argument), failed]);
      const { subscribedAt, answeredAt } = await ask<{ subscribedAt: number; answeredAt: number }>("online", {
        deviceId,
        plan: METHOD,
      });
      const cpu = () => processorTimeOf(pid);
      return {
        pid,
        subscribed: subscribedAt - since,
        answered: answeredAt - since,
        cpu,
        memory: () => memoryOf(pid),
        async call(plan) {
          const before = { own: cpu(), hub: await hubTime(hub) };
          const figures = await ask<CallFigures>("call", { deviceId, plan: { ...METHOD, ...plan } });
          return { ...figures, cpu: cpu() - before.own, hubCpu: (await hubTime(hub)) - before.hub };
        },
        async stop() {
          child.kill("SIGKILL");
          await exited;
        },
      };
    },
    async stop() {
      await hub.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const hubTime = async (hub: Child): Promise<number> => (await hub.ask<{ cpu: number }>("use")).cpu;

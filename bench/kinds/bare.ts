/**
 * The least that a kind could cost, measured in a process of its own: `bare.ts KIND CALLS PORT` says p50, p99 and the
 * processor time of a call as JSON.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { measureLatency, measureThroughput, medianOf, percentile } from "../support/measure.ts";
import { treeTimeOf } from "../support/tree.ts";
import { AT_ONCE, type KindFigures } from "./figures.ts";
import { type Kind, program } from "./kinds.ts";

type Echo = () => Promise<void>;
const PAYLOAD = { level: 42.5, text: "as much as a call has" };

/** Answers come in any order, each with the id of its question. */
function byId(send: (id: number) => void): { echo: Echo; take(id: number): void } {
  const waiting = new Map<number, () => void>();
  let last = 0;
  return {
    echo: () =>
      new Promise((resolve) => {
        last += 1;
        waiting.set(last, resolve);
        send(last);
      }),
    take(id) {
      waiting.get(id)?.();
      waiting.delete(id);
    },
  };
}

function thread(): Echo {
  const worker = new Worker(program("echo-messages"));
  const { echo, take } = byId((id) => worker.postMessage({ id, payload: PAYLOAD }));
  worker.on("message", ({ id }) => take(id));
  return echo;
}

function childProcess(): Echo {
  const child = fork(program("echo-messages"));
  const { echo, take } = byId((id) => child.send({ id, payload: PAYLOAD }));
  child.on("message", ({ id }: { id: number }) => take(id));
  return echo;
}

async function executable(): Promise<void> {
  const child = spawn("cat", { stdio: ["pipe", "pipe", "ignore"] });
  child.stdout.resume();
  child.stdin.end(JSON.stringify(PAYLOAD));
  await once(child, "close");
}

function daemon(): Echo {
  const child = spawn(process.execPath, [program("daemon")], { stdio: ["pipe", "pipe", "inherit"] });
  const { echo, take } = byId((id) =>
    child.stdin.write(`${JSON.stringify({ type: "call", id, payload: PAYLOAD })}\n`),
  );
  createInterface({ input: child.stdout }).on("line", (line) => take(JSON.parse(line).id));
  return echo;
}

function http(port: number): Echo {
  const agent = new Agent({ keepAlive: true });
  return () =>
    new Promise((resolve, reject) => {
      const asked = request({ port, host: "127.0.0.1", method: "POST", agent }, (response) => {
        response.resume();
        response.on("end", resolve);
      });
      asked.on("error", reject);
      asked.end(JSON.stringify(PAYLOAD));
    });
}

const inProcess: Echo = async () => {};

const [kind, calls, port] = [process.argv[2] as Kind, Number(process.argv[3]), Number(process.argv[4])];
const start: Record<Kind, () => Echo> = {
  "in-process": () => inProcess,
  thread,
  process: childProcess,
  executable: () => executable,
  daemon,
  http: () => http(port),
};
const echo = start[kind]();
await measureThroughput(echo, calls, AT_ONCE);
const took = await measureLatency(echo, calls);
const before = treeTimeOf(process.pid);
const rate = await measureThroughput(echo, calls, AT_ONCE);
const cpu = ((treeTimeOf(process.pid) - before) / calls) * 1000;
const figures: KindFigures = { p50: medianOf(took) * 1000, p99: percentile(took, 0.99) * 1000, cpu, rate };
process.stdout.write(JSON.stringify(figures));
process.exit();

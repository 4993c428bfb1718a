/** What the local hub takes with a thousand devices, and what it adds to a call: `npm run bench:local-hub`. */
import { parseArgs } from "node:util";
import { type Child, type Reachable, startChild, type Use } from "../support/children.ts";
import { measureLatency, measureThroughput, medianOf, percentile } from "../support/measure.ts";
import { openBackend } from "./backend.ts";

const USAGE = `npm run bench:local-hub -- [--devices N] [--calls N] [--profile]

  --devices N   how many are connected (1000)
  --calls N     how many calls one after the other to Microsoft's device client (3000); hub and peer take turns, a hundred each
  --profile     writes a CPU profile of the hub to the working directory
`;
const ROUND = 100;
const WARM_UP = 500;
const AT_ONCE = 32;
const CROWDED_ROUNDS = 5;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "1000" },
    calls: { type: "string", default: "3000" },
    profile: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const devices = Number(values.devices);
const calls = Number(values.calls);

const contenders = [
  await start("local hub", {
    server: startChild(new URL("./hub.ts", import.meta.url), values.profile ? ["--cpu-prof"] : []),
    twins: true,
  }),
  await start("bare aedes and HTTPS", {
    server: startChild(new URL("./peer.ts", import.meta.url)),
    twins: false,
  }),
];
for (const { backend } of contenders) await measureLatency(() => backend.call("device-0"), WARM_UP);
// In turns, so that whatever else the machine does meanwhile hits both.
for (let done = 0; done < calls; done += ROUND) {
  for (const { server, backend, latencies, cpu } of contenders) {
    const before = await server.ask<Use>("use");
    latencies.push(...(await measureLatency(() => backend.call("device-0"), ROUND)));
    cpu.push(((await server.ask<Use>("use")).cpu - before.cpu) / ROUND);
  }
}
for (let round = 0; round < CROWDED_ROUNDS; round += 1) {
  for (const { server, backend, rates, crowdedCpu } of contenders) {
    // Every device is called: it has stayed connected, and answers.
    let next = 1;
    const run = () => backend.call(`device-${next++}`);
    const before = await server.ask<Use>("use");
    rates.push(await measureThroughput(run, devices - 1, AT_ONCE));
    crowdedCpu.push(((await server.ask<Use>("use")).cpu - before.cpu) / (devices - 1));
  }
}
const lines: string[] = [];
for (const { name, server, fleet, idle, full, connectMs, connectCpu, ...calls } of contenders) {
  const lost = await fleet.ask<number>("lost");
  const connected = await server.ask<number>("connected");
  if (lost > 0 || connected !== devices)
    throw new Error(`${name}: ${lost} connections were lost, ${connected} are there`);
  const { memory } = await server.ask<Use>("use");
  const cells = [
    name,
    idle.memory.toFixed(0),
    full.memory.toFixed(0),
    memory.toFixed(0),
    ((devices * 1000) / connectMs).toFixed(0),
    connectCpu.toFixed(2),
    medianOf(calls.latencies).toFixed(2),
    percentile(calls.latencies, 0.99).toFixed(2),
    medianOf(calls.cpu).toFixed(3),
    medianOf(calls.crowdedCpu).toFixed(3),
    medianOf(calls.rates).toFixed(0),
  ];
  lines.push(`| ${cells.join(" | ")} |`);
}
const [hub, peer] = contenders;
const ratio = (of: (contender: Contender) => readonly number[]) =>
  hub && peer ? (medianOf(of(hub)) / medianOf(of(peer))).toFixed(2) : "";
process.stdout.write(
  [
    `${devices} devices over TLS; ${calls} calls one after the other, then each device ${CROWDED_ROUNDS} times, ${AT_ONCE} at once; node ${process.version}`,
    "",
    "| server | MiB, idle | MiB, all connected | MiB, after the calls | connects/s | CPU ms a connect | call: median ms | p99 ms | CPU ms a call | of many at once | calls/s |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
    `hub to peer: median ${ratio((of) => of.latencies)}, CPU a call ${ratio((of) => of.cpu)}, of many at once ${ratio((of) => of.crowdedCpu)}`,
    `one core carries at the most: ${(1000 / medianOf(hub?.crowdedCpu ?? [])).toFixed(0)} calls/s`,
    "",
  ].join("\n"),
);
for (const { server, fleet } of contenders) {
  await fleet.stop();
  await server.stop();
}
process.exit();

type Contender = Awaited<ReturnType<typeof start>>;

/** A server with all its devices connected. */
async function start(name: string, { server, twins }: { server: Child; twins: boolean }) {
  const reachable = await server.ask<Reachable>("open", { devices });
  const idle = await server.ask<Use>("use");
  const fleet = startChild(new URL("./fleet.ts", import.meta.url));
  const { deviceConnectionStrings: connectionStrings, ca } = reachable;
  const connectMs = await fleet.ask<number>("connect", { connectionStrings, ca, twins });
  const full = await server.ask<Use>("use");
  const connectCpu = (full.cpu - idle.cpu) / devices;
  const backend = openBackend(reachable);
  return {
    name,
    server,
    fleet,
    backend,
    idle,
    full,
    connectMs,
    connectCpu,
    latencies: [] as number[],
    cpu: [] as number[],
    crowdedCpu: [] as number[],
    rates: [] as number[],
  };
}

/** What a scrape costs, and what calls notice of it: `npm run bench:scrape`. */
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { createDispatcher } from "../../src/methods/dispatcher.ts";
import { createMethodRegistry } from "../../src/methods/registry.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics/metrics.ts";

const USAGE = `npm run bench:scrape -- [--scrapes N]

  --scrapes N   how many scrapes of each (300); all take turns
`;
const { values } = parseArgs({
  options: { scrapes: { type: "string", default: "300" }, help: { type: "boolean", default: false } },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const scrapes = Number(values.scrapes);
const CALLS_BETWEEN = 2_000;

const peer = new Registry();
collectDefaultMetrics({ register: peer });

interface Contender {
  readonly name: string;
  readonly registry: Registry;
  readonly milliseconds: number[];
}

/** An agent's metrics after each of so many methods was called, well and not. */
function withMethods(count: number): Metrics {
  const metrics = createMetrics({ version: "1.0.0", node: process.version, commit: "bench" });
  for (let index = 0; index < count; index += 1) {
    const method = `sensor.read-${index}`;
    for (const outcome of ["ok", "method_failed"]) metrics.methodCalls.inc({ method, outcome });
    metrics.methodDuration.observe({ method }, 0.01 * index);
    metrics.methodQueue.observe({ method }, 0.0001);
  }
  return metrics;
}

const contenders: readonly Contender[] = [
  { name: "prom-client's default metrics alone", registry: peer, milliseconds: [] },
  ...[0, 10, 50, 100].map((count) => ({
    name: `hubhand, ${count} methods`,
    registry: withMethods(count).registry,
    milliseconds: [],
  })),
];

const medianOf = (all: readonly number[]): number =>
  [...all].sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? Number.NaN;

/** Processor time, so that whatever else the machine does counts less. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const ROUND = 10;
for (const { registry } of contenders) for (let index = 0; index < 30; index += 1) await registry.metrics();
for (let done = 0; done < scrapes; done += ROUND) {
  for (const { registry, milliseconds } of contenders) {
    const cost = await cpuOf(async () => {
      for (let index = 0; index < ROUND; index += 1) await registry.metrics();
    });
    milliseconds.push(cost / ROUND);
  }
}

/** Microseconds of processor time a call, with a scrape in the middle of so many calls, or none. */
async function costOfCalls(isScraped: boolean): Promise<number> {
  const metrics = withMethods(100);
  const registry = createMethodRegistry();
  registry.add([
    { name: "read", plugin: "p", timeout: 30_000, concurrency: 16, queue: 64, handler: () => ({ ok: true }) },
  ]);
  const dispatcher = createDispatcher({ registry, metrics, logger: pino({ level: "silent" }) });
  const payload = Buffer.from("{}");
  const call = (): Promise<void> =>
    new Promise((resolve) =>
      dispatcher.dispatch({ requestId: "1", methodName: "read", payload, reply: () => resolve() }),
    );
  const cost = await cpuOf(async () => {
    for (let index = 0; index < CALLS_BETWEEN; index += 1) {
      await call();
      if (isScraped && index === CALLS_BETWEEN / 2) await metrics.registry.metrics();
    }
  });
  return (cost * 1_000) / CALLS_BETWEEN;
}

const costs = { plain: [] as number[], scraped: [] as number[] };
for (let round = 0; round < 20; round += 1) {
  costs.plain.push(await costOfCalls(false));
  costs.scraped.push(await costOfCalls(true));
}
const base = medianOf(contenders[0]?.milliseconds ?? []);
const lines = await Promise.all(
  contenders.map(async ({ name, registry, milliseconds }) => {
    const text = await registry.metrics();
    const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    const cost = medianOf(milliseconds);
    const kibibytes = [text.length, gzipSync(text).length].map((bytes) => (bytes / 1_024).toFixed(1));
    return `| ${[name, series, ...kibibytes, cost.toFixed(2), (cost / base).toFixed(1)].join(" | ")} |`;
  }),
);
const [plain, scraped] = [medianOf(costs.plain), medianOf(costs.scraped)];
process.stdout.write(
  [
    `${scrapes} scrapes of each, in turns; processor time; node ${process.version}`,
    "",
    "| metrics | series | KiB | KiB gzipped | ms a scrape | times the first |",
    "|---|---|---|---|---|---|",
    ...lines,
    "",
    `A call costs ${plain.toFixed(1)} µs; with a scrape of 100 methods every ${CALLS_BETWEEN} calls ${scraped.toFixed(1)} µs, ${(scraped / plain).toFixed(2)} times that.`,
    "",
  ].join("\n"),
);
process.exit(0);

/** What it costs a call that its plugin is kept apart: `npm run bench:isolation`. */
import { parseArgs } from "node:util";
import { echoOver, openGround } from "./ground.ts";
import { measureLatency, measureThroughput, medianOf, percentile } from "./measure.ts";
import { loadPlaces, PLACES } from "./places.ts";

const USAGE = `npm run bench:isolation -- [--calls N]

  --calls N   how many calls one after the other in each place (5000); all places take turns, a hundred calls each
`;
const ROUND = 100;
const WARM_UP = 1_000;
const AT_ONCE = 16;

const { values } = parseArgs({
  options: { calls: { type: "string", default: "5000" }, help: { type: "boolean", default: false } },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const calls = Number(values.calls);
const places = await loadPlaces();
const ground = openGround();
const echo = echoOver(ground.port);
const contenders = [
  { name: "bare postMessage, there and back", start: undefined, run: echo },
  ...PLACES.map((place) => ({
    name: place.title,
    start: places.started[place.name],
    run: () => places.call(place.name),
  })),
].map((contender) => ({ ...contender, latencies: [] as number[], rates: [] as number[] }));

for (const { run } of contenders) await measureLatency(run, WARM_UP);
// In turns, so that whatever else the machine does meanwhile hits them all.
for (let done = 0; done < calls; done += ROUND) {
  for (const { run, latencies, rates } of contenders) {
    latencies.push(...(await measureLatency(run, ROUND)));
    if (run !== echo) rates.push(await measureThroughput(run, ROUND * 2, AT_ONCE));
  }
}
const inProcess = contenders.find(({ name }) => name === PLACES[0]?.title);
const baseline = medianOf(inProcess?.latencies ?? []);
const lines = contenders.map(({ name, latencies, rates, start }) => {
  const median = medianOf(latencies);
  const cells = [
    name,
    median.toFixed(3),
    percentile(latencies, 0.99).toFixed(3),
    (median - baseline).toFixed(3),
    rates.length === 0 ? "" : String(Math.round(medianOf(rates))),
    start === undefined ? "" : start.milliseconds.toFixed(0),
    start === undefined ? "" : start.mebibytes.toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
});
process.stdout.write(
  [
    `${calls} calls one after the other, and ${AT_ONCE} at once; node ${process.version}`,
    "",
    "| where | median ms | p99 ms | over in-process ms | calls/s, 16 at once | start ms | memory MiB |",
    "|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n"),
);
await places.stop();
await ground.stop();

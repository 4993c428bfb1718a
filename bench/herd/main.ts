/** A fleet loses its hub, and comes back: `npm run bench:herd`. The same seed gives the same figures. */
import { parseArgs } from "node:util";
import { drawCharts } from "./charts.ts";
import { contenders } from "./contenders.ts";
import { FLEET } from "./measure.ts";
import { runAll, TRIES } from "./programme.ts";
import { deviceTable, herdTable, networkTable, refusedTable } from "./tables.ts";

const USAGE = `npm run bench:herd -- [--devices N] [--tries T] [--seed S] [--json | --markdown]

  --devices N   how many there are (${FLEET}); the hub admits as much less as the fleet is smaller
  --tries T     how often one device alone is tried (${TRIES})
  --seed S      where chance begins (1)
  --json        the figures, for programs
  --markdown    the tables with the curves, for docs/decisions/0009-backoff-from-a-simulation.md
`;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: String(FLEET) },
    tries: { type: "string", default: String(TRIES) },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const devices = Number(values.devices);
const tries = Number(values.tries);
const seed = Number(values.seed);
const areWhole = [devices, tries, seed].every(Number.isSafeInteger);

if (values.help) {
  process.stdout.write(USAGE);
} else if (!areWhole || devices < 1000 || tries < 1) {
  process.stderr.write(
    `--devices is a whole number from 1000, --tries one from 1, --seed a whole number.\n\n${USAGE}`,
  );
  process.exitCode = 64;
} else {
  const run = runAll({ devices, seed, tries, policies: contenders() });
  process.stdout.write(values.json ? `${JSON.stringify({ devices, seed, ...run }, null, 2)}\n` : report(run));
}

function report(run: ReturnType<typeof runAll>): string {
  const parts = [
    "## One device alone",
    deviceTable(run.alone),
    `## ${devices.toLocaleString("en-GB")} devices`,
    herdTable(run.herds),
    "## Bounds for attempts that do not reach the hub",
    networkTable(run.network),
    "## Bounds for attempts that the hub refuses: ratio (refused attempts a device)",
    refusedTable(run.refused),
    ...(values.markdown ? ["## Curves", ...drawCharts({ devices, seed, policies: contenders() })] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

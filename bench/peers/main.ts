/** hubhand beside what people use instead, taking turns on one light hub: `npm run bench`. */
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { machine } from "../support/machine.ts";
import { openArena } from "./arena.ts";
import { type Arguments, readArguments, usage } from "./arguments.ts";
import { contenders as allContenders } from "./contenders/index.ts";
import { MEASURES } from "./measures/index.ts";
import { commit, merge, type Results, type Skipped, versions } from "./results.ts";
import { runRounds } from "./rounds.ts";
import { tableOf } from "./summary.ts";

const EX_USAGE = 64;
const known = {
  measures: MEASURES.map(({ name }) => name),
  contenders: allContenders().map(({ id }) => id),
};
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function run({ effort, only, contenders, json, write }: Arguments): Promise<void> {
  const [takenAt, at] = [new Date().toISOString(), commit()];
  const arena = await openArena();
  const measures = MEASURES.filter(({ name }) => only.includes(name));
  const skipped: Skipped[] = [];
  const here = allContenders().filter((contender) => {
    if (!contenders.includes(contender.id)) return false;
    const why = contender.prepare(arena.folder);
    if (why !== undefined) skipped.push({ what: contender.name, why });
    return why === undefined;
  });
  const done = await runRounds({ arena, contenders: here, measures, effort, tell });
  await arena.stop();
  const results: Results = {
    machine: machine(arena.pinned !== undefined),
    versions: versions(),
    contenders: here.map(({ id, name }) => ({ id, name })),
    measures: measures.map((measure) => ({
      name: measure.name,
      title: measure.title,
      takenAt,
      commit: at,
      effort,
      figures: measure.figures(effort),
    })),
    skipped: [...skipped, ...done.skipped],
    rounds: done.rounds,
  };
  for (const measure of results.measures) process.stdout.write(`${tableOf(results, measure)}\n\n`);
  for (const { what, why } of results.skipped) process.stdout.write(`skipped: ${what}: ${why}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  if (!write) return;
  const { keptResults, writePage } = await page();
  writePage(only.length === MEASURES.length ? results : merge(keptResults(), results));
}

/** Only then: what draws takes longer to load than all else. */
const page = () => import("./page/page.ts");

// What runs ends with this process: see the arena.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

let given: Arguments | undefined;
try {
  given = readArguments(process.argv.slice(2), known);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${usage(known.measures, known.contenders)}`);
  process.exitCode = EX_USAGE;
}
if (given?.help) process.stdout.write(usage(known.measures, known.contenders));
else if (given?.draw) {
  const { keptResults, writePage } = await page();
  writePage(keptResults());
} else if (given !== undefined) await run(given);

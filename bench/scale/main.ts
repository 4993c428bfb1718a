/** What it costs as things grow: methods, plugins, metrics, calls that wait: `npm run bench:scale`. */
import { parseArgs } from "node:util";
import { lastingPort } from "../../test/support/lasting-port.ts";
import { openArena } from "../peers/arena.ts";
import { hubhand } from "../peers/contenders/hubhand.ts";
import { tellFurther } from "../support/further-page.ts";
import { machine } from "../support/machine.ts";
import { type Figures, measurePoint, middleOf } from "./measure.ts";
import { MOST_WAITING, pointsOf, SERIES, type Sizes } from "./points.ts";
import { drawGrowth, tableOf } from "./table.ts";

const USAGE = `npm run bench:scale -- [--rounds N] [--quick] [--only SERIES] [--json FILE] [--write]

  --rounds N     how often each size is measured, with an agent of its own (3)
  --quick        once, the smallest sizes alone: whether the bench still works
  --only SERIES  one of them: ${SERIES.join(", ")}
  --json FILE    writes the figures there, too
  --write        the same to docs/performance/scale.json, and the table to the page
`;
const FULL: Sizes = {
  sizes: {
    methods: [1, 10, 100, 300, 1000],
    plugins: [1, 10, 50],
    "isolated plugins": [1, 5, 10, 20],
    "calls waiting": [1, 100, 1000, MOST_WAITING],
  },
  calls: 10_000,
};
const QUICK: Sizes = {
  sizes: { methods: [3], plugins: [2], "isolated plugins": [2], "calls waiting": [10] },
  calls: 200,
};

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const rounds = values.quick ? 1 : Number(values.rounds);
const isSeries = values.only === undefined || SERIES.some((series) => series === values.only);
if (values.help) process.stdout.write(USAGE);
else if (!Number.isSafeInteger(rounds) || rounds < 1 || !isSeries) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else await run();

async function run(): Promise<void> {
  const observePort = await lastingPort();
  const arena = await openArena();
  const agent = hubhand();
  agent.prepare(arena.folder);
  const points = pointsOf(values.quick ? QUICK : FULL, agent, observePort).filter(
    ({ series }) => values.only === undefined || series === values.only,
  );
  const taken = points.map((): Figures[] => []);
  try {
    for (let round = 0; round < rounds; round += 1)
      for (const [index, point] of points.entries()) {
        process.stderr.write(`${point.size} ${point.series}, round ${round + 1} of ${rounds}\n`);
        taken[index]?.push(await measurePoint(arena, point, observePort));
      }
  } finally {
    await arena.stop();
  }
  const rows = taken.map(middleOf);
  const further = {
    bench: "scale",
    machine: machine(arena.pinned !== undefined),
    figures: { rounds, rows },
    table: tableOf(rows),
    how: `medians of ${rounds} rounds`,
    pictures: drawGrowth(rows),
  } as const;
  tellFurther(further, { json: values.json, write: values.write });
}

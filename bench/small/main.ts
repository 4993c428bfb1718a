/** The image with as little memory as it may have, under load: `npm run soak:small`. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { docker } from "../../test/container/support/engine.ts";
import { tellFurther } from "../support/further-page.ts";
import { machine } from "../support/machine.ts";
import { table } from "../support/table.ts";
import { isWell, type SmallReport, soakSmall } from "./soak.ts";

const USAGE = `npm run soak:small -- [--minutes N] [--memory M] [--rate R] [--image NAME] [--json FILE] [--write]

  --minutes N    for how long it is called (60)
  --memory M     the container's memory in megabytes, without swap (64)
  --rate R       calls a second (20)
  --image NAME   instead of one that is built from this checkout
  --json FILE    writes the figures there, too
  --write        the same to docs/performance/small.json, and the table to the page

It passes (exit code 0) if every call was answered, nothing was ended for want of memory, and SIGTERM ended it with 0.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    memory: { type: "string", default: "64" },
    rate: { type: "string", default: "20" },
    image: { type: "string" },
    json: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [minutes, memory, rate] = [Number(values.minutes), Number(values.memory), Number(values.rate)];
if (values.help) process.stdout.write(USAGE);
else if (!(minutes > 0 && memory >= 6 && rate > 0 && rate <= 500)) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else process.exitCode = await run();

async function run(): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const image = values.image ?? "hubhand-small";
  if (values.image === undefined) {
    process.stderr.write("builds the image\n");
    await docker("build", "--quiet", `--tag=${image}`, fileURLToPath(new URL("../..", import.meta.url)));
  }
  const { log, ...report } = await soakSmall({
    ...{ image, minutes, memory, rate },
    interrupted: interrupted.signal,
  });
  const further = {
    bench: "small",
    machine: machine(false),
    figures: { minutes, memory, rate, ...report },
    table: tableOf(report),
    how: `${minutes} minutes, ${rate} calls a second, ${memory} MB`,
  } as const;
  tellFurther(further, { json: values.json, write: values.write });
  if (isWell(report)) return interrupted.signal.aborted ? 130 : 0;
  process.stderr.write(`${JSON.stringify(report)}\n${log.split("\n").slice(-20).join("\n")}\n`);
  return 1;
}

function tableOf(report: SmallReport): string {
  const { load, peak, anonymousMost, anonymousLast, atLimit, majorFaults, killed } = report;
  return table(
    ["", ""],
    [
      ["calls", `${load.calls}, of which refused ${load.refused}, unanswered ${load.unanswered}`],
      [
        "a call",
        `p50 ${load.p50.toFixed(2)} ms, p99 ${load.p99.toFixed(1)} ms, the longest ${load.longest.toFixed(0)} ms`,
      ],
      ["memory, files that are only kept for speed included", `${peak} MB at most`],
      ["what cannot be thrown away", `${anonymousMost} MB at most, ${anonymousLast} MB at the end`],
      [
        "the limit was reached, and files were thrown away",
        `${atLimit} times; ${majorFaults} pages were read again`,
      ],
      ["ended for want of memory", `${killed}`],
    ],
  );
}

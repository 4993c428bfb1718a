/** Calls the agent for minutes while faults strike: `npm run soak`. docs/soak.md says what is counted how. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createCleanUp } from "./clean-up.ts";
import { SOAK_FAULTS } from "./faults.ts";
import { failuresOf, printReport } from "./report.ts";
import { type SoakResult, soak } from "./soak.ts";

const USAGE = `npm run soak -- [--minutes N] [--seed S] [--rate R] [--faults all|none|TEXT] [--json]

  --minutes N   for how long calls are made (2)
  --seed S      where chance begins: a whole number; drawn and printed if it is left out
  --rate R      calls a second (20)
  --faults      all: those of the fault suite that can be mixed; none: nothing may go unanswered; else those whose
                names have this text in them (all)
  --json        the report for programs
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    rate: { type: "string", default: "20" },
    faults: { type: "string", default: "all" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [minutes, seed, rate] = [Number(values.minutes), Number(values.seed), Number(values.rate)];
const isSound =
  minutes > 0 && minutes < 7 * 24 * 60 && Number.isSafeInteger(2 * seed) && rate > 0 && rate <= 1_000;

const faults = SOAK_FAULTS.filter(({ name }) => values.faults === "all" || name.includes(values.faults));

if (values.help) process.stdout.write(USAGE);
else if (!isSound || (faults.length === 0 && values.faults !== "none")) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else process.exitCode = await run();

async function run(): Promise<number> {
  const tell = (line: string): unknown => process.stderr.write(`${line}\n`);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => interrupted.abort());
  const title = `a soak of ${minutes} minutes at ${rate} calls a second, faults: ${values.faults}, seed ${seed}`;
  tell(title);
  const cleanUp = createCleanUp();
  try {
    const result = await soak({
      ...{ minutes, seed, rate, faults, cleanUp, tell },
      interrupted: interrupted.signal,
    });
    const failures = failuresOf(result);
    process.stdout.write(`${values.json ? toJson(result, failures) : printReport(result, title)}\n`);
    if (failures.length > 0) {
      tell(`the agent's log, and what the hub saw: ${await keep(result)}`);
      return 1;
    }
    if (!interrupted.signal.aborted) return 0;
    tell("it was interrupted: this is as far as it went");
    return 130;
  } finally {
    await cleanUp.run();
  }
}

function toJson({ evidence: _, ...result }: SoakResult, failures: readonly string[]): string {
  return JSON.stringify({ minutes, seed, rate, faults: values.faults, failures, ...result }, null, 2);
}

async function keep({ evidence }: SoakResult): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hubhand-soak-"));
  const log = evidence.log.map((line) => `${JSON.stringify(line)}\n`).join("");
  await writeFile(join(folder, "agent.log"), log);
  await writeFile(join(folder, "timeline.json"), JSON.stringify(evidence.timeline, null, 2));
  return folder;
}

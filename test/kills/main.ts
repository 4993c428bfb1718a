/** Kills an agent that sends messages, again and again: `npm run kills`. docs/messages.md says what it promises. */
import { parseArgs } from "node:util";
import { seededRandom } from "../../bench/herd/seeded-random.ts";
import { createCleanUp } from "../soak/clean-up.ts";
import { failuresOf, killAgain } from "./kills.ts";

const USAGE = `npm run kills -- [--times N] [--seed S] [--json]

  --times N   how often the agent is killed (200)
  --seed S    where chance begins: a whole number; drawn and printed if it is left out
  --json      the result for programs
`;
const LONGEST_LIFE_MS = 4_000;

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "200" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [times, seed] = [Number(values.times), Number(values.seed)];

if (values.help) process.stdout.write(USAGE);
else if (!Number.isSafeInteger(times) || times < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else process.exitCode = await run();

async function run(): Promise<number> {
  const tell = (line: string): unknown => process.stderr.write(`${line}\n`);
  tell(`an agent is killed ${times} times, seed ${seed}`);
  const cleanUp = createCleanUp();
  try {
    const result = await killAgain({
      times,
      random: seededRandom(seed),
      longestLife: LONGEST_LIFE_MS,
      cleanUp,
      tell,
    });
    const failures = failuresOf(result);
    if (values.json) process.stdout.write(`${JSON.stringify({ seed, failures, ...result }, null, 2)}\n`);
    else {
      const { kills, hubStops, promised, arrived, doubles, drainedIn } = result;
      process.stdout.write(
        [
          `kills ${kills}, stops of the hub ${hubStops}`,
          `promised ${promised}, arrived ${arrived} different ones and ${doubles} doubles`,
          `the rest arrived in ${(drainedIn / 1_000).toFixed(1)} s`,
          ...(failures.length === 0 ? ["nothing lost, all in order, each double recognisable"] : failures),
          "",
        ].join("\n"),
      );
    }
    return failures.length === 0 ? 0 : 1;
  } finally {
    await cleanUp.run();
  }
}

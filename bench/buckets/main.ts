/** Which buckets tell quantiles well, and what they cost: `npm run bench:buckets`. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { BYTE_BUCKETS, DURATION_BUCKETS } from "../../src/observe/metrics/buckets.ts";
import { startTestAgent } from "../../src/testing/index.ts";
import { estimateQuantile, trueQuantile } from "./estimate.ts";

const USAGE = `npm run bench:buckets -- [--calls N]

  --calls N   how many calls of each method but the slow ones (300)
`;
const { values } = parseArgs({
  options: { calls: { type: "string", default: "300" }, help: { type: "boolean", default: false } },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const calls = Number(values.calls);

const SHARES = [0.5, 0.95, 0.99];
const CONTENDERS: Readonly<Record<string, readonly number[]>> = {
  "hubhand's": DURATION_BUCKETS,
  "1, 2.5, 5 all the way": [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
  ],
  "by tens": [0.001, 0.01, 0.1, 1, 10, 100, 300],
  "prom-client's default": [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

const here = (isolate: string, methods: string): string =>
  `export default { isolate: ${isolate}, methods: { ${methods} } };\n`;
const wait = "(payload) => new Promise((done) => setTimeout(done, payload.ms))";
const FILES: Readonly<Record<string, string>> = {
  "here.mjs": here("false", "inProcess: () => ({ ok: true })"),
  "apart.mjs": here("true", `process: () => ({ ok: true }), device: ${wait}, long: ${wait}`),
  program: "#!/bin/sh\ncat >/dev/null\necho '{\"ok\":true}'\n",
};

/** From 20 ms to 200 ms, as a sensor on a bus or a service in the next room takes. */
const ofADevice = (index: number): object => ({ ms: 20 + ((index * 37) % 180) });
/** From one to four seconds: a valve, an update that is looked for. */
const long = (index: number): object => ({ ms: 1_000 + ((index * 977) % 3_000) });

const plugins = await mkdtemp(path.join(tmpdir(), "hubhand-bench-"));
for (const [name, text] of Object.entries(FILES)) await writeFile(path.join(plugins, name), text);
await chmod(path.join(plugins, "program"), 0o755);
const agent = await startTestAgent({ plugins, config: { "methods.concurrency": "64" } });

async function run(method: string, times: number, payload: (index: number) => object, atOnce = 1) {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < times; index = next++) await agent.call(method, payload(index));
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

const none = (): object => ({});
await run("inProcess", calls, none);
await run("process", calls, none);
await run("program", Math.ceil(calls / 3), none);
await run("device", calls, ofADevice, 8);
await run("long", Math.ceil(calls / 5), long, 16);

/** Seconds, as the agent measured them: what its histogram was given. */
const secondsOf = (method: string): readonly number[] =>
  agent
    .log()
    .filter((line) => line.method === method && typeof line.ms === "number")
    .map((line) => Number(line.ms) / 1_000);

const lines = ["inProcess", "process", "program", "device", "long"].flatMap((method) => {
  const seconds = secondsOf(method);
  const truth = SHARES.map((share) => trueQuantile(share, seconds));
  return Object.entries(CONTENDERS).map(([name, bounds]) => {
    const cells = SHARES.map((share, index) => {
      const estimate = estimateQuantile(share, seconds, bounds);
      return `${(estimate * 1_000).toFixed(2)} (${(estimate / (truth[index] ?? 1)).toFixed(2)})`;
    });
    const known = truth.map((value) => (value * 1_000).toFixed(2)).join(" / ");
    return `| ${[method, seconds.length, known, name, ...cells, bounds.length + 3].join(" | ")} |`;
  });
});
process.stdout.write(
  [
    `Quantiles as buckets tell them, in ms, and as a multiple of the true one; node ${process.version}`,
    "",
    "| method | calls | true p50 / p95 / p99 | buckets | p50 | p95 | p99 | series |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
    `Payloads: ${BYTE_BUCKETS.join(", ")} bytes, by fours: an estimate is off by four times at most.`,
    "",
  ].join("\n"),
);
await agent.stop();
await rm(plugins, { recursive: true, force: true });
process.exit(0);

/** What direct methods notice of a backlog of messages that is sent meanwhile: `npm run bench:drain`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type HubhandProcess, startHubhand } from "../../test/support/agent/hubhand-process.ts";
import { openBackend } from "../local-hub/backend.ts";
import { type Reachable, startChild } from "../support/children.ts";
import { medianOf, percentile } from "../support/measure.ts";

const USAGE = `npm run bench:drain -- [--messages N] [--rates R,R] [--rounds N]

  --messages N   how many wait when the device is back (10000)
  --rates R,R    messages.outbox.drainRate of each measurement (50,1000)
  --rounds N     how often each is measured (1), with an agent of its own
`;
const WARM_UP = 500;
/** As many calls while nothing is sent as a rate of 1,000 leaves time for, and more. */
const IDLE_CALLS = 2_000;
/** Between two calls: a back end that calls as fast as it can measures itself. */
const PAUSE_MS = 2;
const PLUGINS = dirname(fileURLToPath(new URL("./plugins/backlog.ts", import.meta.url)));

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "10000" },
    rates: { type: "string", default: "50,1000" },
    rounds: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const messages = Number(values.messages);
const rates = values.rates.split(",").map(Number);
const folder = await mkdtemp(join(tmpdir(), "hubhand-drain-"));
const hub = startChild(new URL("./hub.ts", import.meta.url));
const reachable = await hub.ask<Reachable>("open");
await writeFile(join(folder, "ca.pem"), reachable.ca);
const backend = openBackend(reachable);

const lines: string[] = [];
for (const rate of rates) lines.push(`| ${(await measure(rate)).join(" | ")} |`);
process.stdout.write(
  [
    `${messages} messages wait when the device is back; calls one after the other; node ${process.version}`,
    "",
    "| drainRate | messages/s | idle: median ms | p99 ms | while sending: median ms | p99 ms | p99 ratio | calls |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n"),
);
await hub.stop();
await rm(folder, { recursive: true, force: true });
process.exit();

async function measure(rate: number): Promise<string[]> {
  const rounds = Number(values.rounds);
  const idle: number[] = [];
  const busy: number[] = [];
  let seconds = 0;
  for (let round = 0; round < rounds; round += 1) {
    const agent = await startAgent(rate);
    await calls((done) => done < WARM_UP);
    idle.push(...(await calls((done) => done < IDLE_CALLS)));
    const before = await hub.ask<number>("arrived");
    await makeBacklog(agent);
    await hub.ask("comeBack");
    const arrived = async () => (await hub.ask<number>("arrived")) - before;
    await until(async () => (await arrived()) > 0);
    const since = performance.now();
    busy.push(...(await calls(async () => (await arrived()) < messages)));
    seconds += (performance.now() - since) / 1_000;
    agent.kill("SIGTERM");
    await agent.exited;
  }
  const p99 = { idle: percentile(idle, 0.99), busy: percentile(busy, 0.99) };
  return [
    String(rate),
    ((messages * rounds) / seconds).toFixed(0),
    medianOf(idle).toFixed(2),
    p99.idle.toFixed(2),
    medianOf(busy).toFixed(2),
    p99.busy.toFixed(2),
    (p99.busy / p99.idle).toFixed(2),
    String(busy.length),
  ];
}

async function startAgent(rate: number): Promise<HubhandProcess> {
  const agent = startHubhand(["run"], {
    HUBHAND_CONNECTION_STRING: reachable.deviceConnectionStrings[0] ?? "",
    HUBHAND_HUB_CA_FILE: join(folder, "ca.pem"),
    HUBHAND_PLUGINS_DIRECTORY: PLUGINS,
    HUBHAND_STATE_DIRECTORY: await mkdtemp(join(folder, "state-")),
    HUBHAND_OBSERVE_PORT: "0",
    // No line for each call: whoever reads them all takes more time than the calls.
    HUBHAND_LOG_LEVEL: "warn",
    // Refused logins must not make it wait for minutes.
    HUBHAND_LINK_BACKOFF_UNAUTHORIZED_BASE: "100ms",
    HUBHAND_LINK_BACKOFF_UNAUTHORIZED_MAX: "200ms",
    HUBHAND_MESSAGES_OUTBOX_DRAIN_RATE: String(rate),
    HUBHAND_MESSAGES_OUTBOX_DRAIN_DELAY: "0ms",
  });
  // Also if this ends with an error: it would call for its hub for ever.
  process.once("exit", () => agent.kill("SIGKILL"));
  await until(answers);
  return agent;
}

/** While the hub refuses the device. */
async function makeBacklog(agent: HubhandProcess): Promise<void> {
  await backend.call("device-0", { methodName: "fill", payload: { count: messages } });
  await hub.ask("leave");
  await agent.says("the backlog is there");
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(PAUSE_MS);
}

async function answers(): Promise<boolean> {
  return backend.call("device-0").then(
    () => true,
    () => false,
  );
}

/** Calls one after the other; milliseconds of each. */
async function calls(goOn: (done: number) => boolean | Promise<boolean>): Promise<number[]> {
  const latencies: number[] = [];
  while (await goOn(latencies.length)) {
    const since = performance.now();
    await backend.call("device-0");
    latencies.push(performance.now() - since);
    await sleep(PAUSE_MS);
  }
  return latencies;
}

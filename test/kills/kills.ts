import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HubhandProcess, startHubhand } from "../support/agent/hubhand-process.ts";
import type { CleanUp } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { type Account, account, type Numbered } from "./account.ts";
import { startRestlessHub } from "./restless-hub.ts";

const PLUGINS = dirname(fileURLToPath(new URL("./fixtures/plugins/numbers.ts", import.meta.url)));
const DEVICE_ID = "pi-1";

export interface KillsOptions {
  readonly times: number;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** The longest that an agent lives once it has promised something, in milliseconds. */
  readonly longestLife: number;
  readonly cleanUp: CleanUp;
  tell(line: string): void;
}

export interface KillsResult extends Account {
  readonly kills: number;
  readonly hubStops: number;
  /** From when hub and agent are left in peace to when all has arrived, in milliseconds. */
  readonly drainedIn: number;
}

/**
 * An agent whose plugin sends as fast as is sensible is killed again and again at random moments, under a hub that comes
 * and goes and loses what it acknowledges; then both are left in peace, and what was promised is compared with what
 * arrived.
 */
export async function killAgain(options: KillsOptions): Promise<KillsResult> {
  const { times, random, cleanUp, longestLife } = options;
  const folder = await cleanUp.folder();
  const files = { boots: join(folder, "boots"), promises: join(folder, "promises") };
  const restless = await startRestlessHub(cleanUp, random);
  const { caFile = "" } = restless.hub;
  const connectionString = restless.hub.deviceConnectionString(DEVICE_ID);

  function start({ quiet }: { quiet: boolean }): HubhandProcess {
    const pick = <T>(...choices: readonly [T, ...T[]]): T =>
      choices[Math.floor(random() * choices.length)] ?? choices[0];
    const agent = startHubhand(["run"], {
      HUBHAND_CONNECTION_STRING: connectionString,
      HUBHAND_HUB_CA_FILE: caFile,
      HUBHAND_PLUGINS_DIRECTORY: PLUGINS,
      HUBHAND_PLUGINS_SETTINGS: JSON.stringify({ numbers: { ...files, quiet } }),
      HUBHAND_PLUGINS_ISOLATE: pick("process", "false"),
      HUBHAND_STATE_DIRECTORY: join(folder, "state"),
      HUBHAND_OBSERVE_PORT: "0",
      HUBHAND_LINK_BACKOFF_NETWORK_BASE: "50ms",
      HUBHAND_LINK_BACKOFF_NETWORK_MAX: "500ms",
      HUBHAND_LINK_BACKOFF_REFUSED_BASE: "50ms",
      HUBHAND_LINK_BACKOFF_REFUSED_MAX: "500ms",
      HUBHAND_LINK_BACKOFF_CONFLICT_BASE: "50ms",
      HUBHAND_LINK_BACKOFF_CONFLICT_MAX: "500ms",
      HUBHAND_MESSAGES_OUTBOX_DRAIN_RATE: "5000",
      HUBHAND_MESSAGES_OUTBOX_DRAIN_DELAY: "200ms",
      HUBHAND_MESSAGES_OUTBOX_WRITE_DELAY: pick("0ms", "50ms", "250ms"),
      HUBHAND_MESSAGES_OUTBOX_IN_FLIGHT: pick("1", "8", "64"),
      HUBHAND_MESSAGES_OUTBOX_MAX_MESSAGES: "1000000",
    });
    cleanUp.add(async () => {
      agent.kill("SIGKILL");
      await agent.exited;
    });
    return agent;
  }

  for (let kill = 1; kill <= times; kill += 1) {
    const agent = start({ quiet: false });
    // One in four while it starts: then the outbox is opened, and what an earlier life has left is read.
    if (random() >= 0.25) await promisesGrow(files.promises, agent);
    const dies = setTimeout(() => agent.kill("SIGKILL"), longestLife * random());
    const how = await agent.exited;
    clearTimeout(dies);
    if (how !== "SIGKILL")
      throw new Error(`the agent ended by itself, with ${how}:\n${agent.output()}${agent.errors()}`);
    if (kill % 10 === 0) options.tell(`${kill} kills, ${restless.arrivals.length} messages arrived`);
  }
  await restless.calm();
  const promises = await readPromises(files.promises);
  const since = performance.now();
  const agent = start({ quiet: true });
  await waitUntil("what was promised has arrived", allArrived(promises, restless.arrivals), 120_000).catch(
    () => {}, // Then something is lost, and the account says what.
  );
  const drainedIn = performance.now() - since;
  agent.kill("SIGKILL");
  await agent.exited;
  return {
    kills: times,
    hubStops: restless.stops(),
    drainedIn,
    ...account(promises, restless.arrivals),
  };
}

async function promisesGrow(file: string, agent: HubhandProcess): Promise<void> {
  const size = async () => (await stat(file).catch(() => undefined))?.size ?? 0;
  const before = await size();
  let isOver = false;
  void agent.exited.then(() => {
    isOver = true;
  });
  await waitUntil("the agent has promised something", async () => isOver || (await size()) > before, 60_000);
}

async function readPromises(file: string): Promise<Numbered[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  // A line that a kill has cut was a promise, too; but its file does not say which.
  return text.split("\n").flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as Numbered] : []));
}

/** Looks only at what is new since the last look. */
function allArrived(promises: readonly Numbered[], arrivals: readonly Numbered[]): () => boolean {
  const missing = new Set(promises.map(({ messageId }) => messageId));
  let seen = 0;
  return () => {
    for (; seen < arrivals.length; seen += 1) missing.delete(arrivals[seen]?.messageId ?? "");
    return missing.size === 0;
  };
}

/** What must not be, in words; nothing if all is well. */
export function failuresOf(result: Account): string[] {
  const wrong = { lost: result.lost, "out of order": result.outOfOrder, mistakable: result.mistakable };
  return Object.entries(wrong)
    .filter(([, messages]) => messages.length > 0)
    .map(([what, messages]) => `${messages.length} ${what}: ${JSON.stringify(messages.slice(0, 3))}`);
}

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../bench/herd/seeded-random.ts";
import { startAgentProcess } from "../chaos/support/agent-process.ts";
import { DEVICE_ID, openLocalScene } from "../chaos/support/local-scene.ts";
import { readiness, scrape } from "../chaos/support/look.ts";
import type { CleanUp } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { agentSettings } from "./agent-settings.ts";
import { createCaller } from "./calls.ts";
import { type Episode, runEpisodes } from "./episodes.ts";
import type { SoakFault, SoakScene } from "./faults.ts";
import { type Memory, watchMemory } from "./memory.ts";
import { monotonic } from "./monotonic.ts";
import { type Reconciliation, reconcile } from "./reconcile.ts";
import { readRecord } from "./record.ts";
import { keepCalling } from "./steady-calls.ts";
import { recordTimeline, type Timeline, type TimelineRecorder } from "./timeline.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Calls a second. */
  readonly rate: number;
  /** None: nothing may go unanswered. */
  readonly faults: readonly SoakFault[];
  readonly cleanUp: CleanUp;
  /** Ends it before its time. */
  readonly interrupted: AbortSignal;
  tell(line: string): void;
}

export interface SoakResult {
  readonly episodes: readonly Episode[];
  readonly calls: Reconciliation;
  readonly reconnects: number;
  readonly memory: Memory;
  /** What went wrong besides the calls: the agent did not come back or did not end well, the hub failed. */
  readonly problems: readonly string[];
  /** For a soak that failed. Times are those of the machine's monotonic clock, but for the log's. */
  readonly evidence: {
    readonly log: readonly Readonly<Record<string, unknown>>[];
    readonly timeline: Timeline;
  };
}

/** The agent does not take longer to drain and to say goodbye. */
const STOP_LIMIT_MS = 20_000;

/** Calls the agent at a steady rate while faults strike, and reconciles what each side knows of the calls. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const stage = await setUp(options);
  const { scene, recorder, recordFile, problems } = stage;
  const { episodes, calls, memory } = await run(stage, options);
  const sessions = await sessionsOf(scene).catch(() => 0);
  await stopInTime(scene).catch((error: Error) => problems.push(error.message));
  await scene.close();
  const { timeline } = recorder;
  return {
    episodes,
    calls: reconcile({ calls, record: await readRecord(recordFile), timeline }),
    reconnects: Math.max(0, sessions - 1),
    memory,
    problems: [...problems, ...timeline.hubFaults.map((reason) => `the hub failed: ${reason}`)],
    evidence: { log: scene.agent.lines(), timeline },
  };
}

interface Stage {
  readonly scene: SoakScene;
  readonly recorder: TimelineRecorder;
  /** What the agent's plugin writes. */
  readonly recordFile: string;
  readonly problems: string[];
}

/** A hub, a road, and an agent that is online. */
async function setUp({ cleanUp, faults }: SoakOptions): Promise<Stage> {
  const recordFile = join(await cleanUp.folder(), "record.jsonl");
  const recorder = recordTimeline(monotonic);
  const hub = { log: recorder.take };
  const scene: SoakScene = await openLocalScene({ cleanUp, start: startAgentProcess, hub });
  cleanUp.add(() => scene.close());
  // Without faults a session lives long enough to be replaced in its time.
  const tokenLifetime = faults.length === 0 ? "5m" : "60m";
  await scene.startAgent(agentSettings({ recordFile, tokenLifetime }));
  const isReady = async () => (await readiness(scene.agent)).status === 200;
  await waitUntil("the agent is online", isReady, 30_000);
  return { scene, recorder, recordFile, problems: [] };
}

/** The time in which calls are made. */
async function run({ scene, recorder, problems }: Stage, options: SoakOptions) {
  const { minutes, seed, rate, faults, interrupted, tell } = options;
  const now = monotonic;
  const began = now();
  const givenUp = new AbortController();
  const over = AbortSignal.any([interrupted, givenUp.signal, AbortSignal.timeout(minutes * 60_000)]);
  const caller = createCaller({ deviceId: DEVICE_ID, hub: () => scene.hub, now });
  // A terminal's Ctrl-C stops the agent as well: what becomes of calls then is no part of the soak.
  let count = Number.POSITIVE_INFINITY;
  interrupted.addEventListener("abort", () => {
    count = caller.calls.length;
  });

  const memory = watchMemory(scene, { now, over });
  const calling = keepCalling(caller, { rate, random: seededRandom(2 * seed), now, over });
  const episodes = await runEpisodes({
    ...{ scene, caller, recorder, faults, now, over, interrupted },
    random: seededRandom(2 * seed + 1),
    tell: (line) => tell(`${((now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`),
  }).catch((error: Error): Episode[] => {
    if (!interrupted.aborted) problems.push(error.message);
    givenUp.abort();
    return [];
  });
  await calling;
  if (!interrupted.aborted) await caller.idle();
  return { episodes, calls: caller.calls.slice(0, count), memory: await memory() };
}

async function sessionsOf({ agent }: SoakScene): Promise<number> {
  return (await scrape(agent))('hubhand_link_sessions_total{outcome="online"}');
}

async function stopInTime({ agent }: SoakScene): Promise<void> {
  const limit = sleep(STOP_LIMIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the agent did not stop within ${STOP_LIMIT_MS} ms`);
  });
  await Promise.race([agent.stop(), limit]);
}

import { setTimeout as sleep } from "node:timers/promises";
import { readiness, scrape } from "../chaos/support/look.ts";
import { LONGEST_RETURN } from "./agent-settings.ts";
import type { Caller } from "./calls.ts";
import { RENEWAL, type SoakFault, type SoakScene } from "./faults.ts";
import { remember } from "./restore.ts";
import type { TimelineRecorder } from "./timeline.ts";

/** Milliseconds. Short faults are drawn more often than long ones. */
const FAULT_LASTS = { least: 100, most: 20_000 } as const;
const PAUSE = { least: 1_000, most: 8_000 } as const;
/** What an attempt that meets no fault may take, and the call that proves it, on a machine that is busy. */
const ALLOWANCE_MS = 5_000;
const POLL_MS = 100;

export interface Episode {
  readonly fault: string;
  /** How long it lasted, and after it how long the agent took to answer a call, in milliseconds. */
  readonly lasted: number;
  readonly backAfter: number;
}

export interface EpisodesOptions {
  readonly scene: SoakScene;
  readonly caller: Caller;
  readonly recorder: TimelineRecorder;
  /** An empty table: no fault ever. */
  readonly faults: readonly SoakFault[];
  readonly random: () => number;
  now(): number;
  tell(line: string): void;
  /** Ends it: the fault that is in force is healed, and the agent comes back first. */
  readonly over: AbortSignal;
  /** Ends it at once, but for what must be healed. */
  readonly interrupted: AbortSignal;
}

/** Lets fault after fault strike, and after each waits until the agent answers again. @throws if it does not, in time */
export async function runEpisodes(options: EpisodesOptions): Promise<Episode[]> {
  const { faults, random, over, scene, tell } = options;
  const episodes: Episode[] = [];
  /** Each comes once before any comes again. */
  let deck: SoakFault[] = [];
  for (;;) {
    await rest(between(PAUSE, random()) / 2, over);
    if (over.aborted) return episodes;
    if (random() < 0.5 || faults.length === 0) {
      tell(RENEWAL.name);
      await RENEWAL.strike(scene, random);
    }
    await rest(between(PAUSE, random()) / 2, over);
    if (deck.length === 0) deck = [...faults];
    const [fault] = deck.splice(Math.floor(random() * deck.length), 1);
    const lasts = between(FAULT_LASTS, random());
    if (over.aborted) return episodes;
    if (fault !== undefined) episodes.push(await runEpisode(fault, { ...options, lasts }));
  }
}

async function runEpisode(fault: SoakFault, options: EpisodesOptions & { lasts: number }): Promise<Episode> {
  const { scene, recorder, random, over, now, tell, lasts } = options;
  const { name, silence, heal } = fault;
  tell(heal === undefined ? name : `${name}, for ${(lasts / 1000).toFixed(1)} s`);
  const endFault = recorder.beginFault();
  const endSilence = silence === undefined ? () => {} : recorder.beginSilence();
  const restore = await remember(scene);
  const began = now();
  try {
    await fault.strike(scene, random);
    if (heal !== undefined) await rest(lasts, over);
  } finally {
    await heal?.(scene);
  }
  const healed = now();
  if (silence === "until healed") endSilence();
  await back(options);
  const backAfter = now() - healed;
  if (silence === "until back") endSilence();
  if (await restore()) await back(options);
  endFault();
  if (!options.interrupted.aborted) tell(`  back after ${(backAfter / 1000).toFixed(1)} s`);
  return { fault: name, lasted: healed - began, backAfter };
}

/** Resolves when the agent says that it is ready and has answered a call. */
async function back({ scene, caller, now, interrupted }: EpisodesOptions): Promise<void> {
  if (interrupted.aborted) return;
  const limit = await longestReturn(scene);
  const until = now() + limit;
  let isAnswered = false;
  // None waits for the one before, which may still be cut, and would be silent until its time is over.
  const prove = async (): Promise<void> => {
    const { outcome } = await caller.call({ takesMs: 0, connectTimeoutSeconds: 0 });
    isAnswered ||= outcome.kind === "answered";
  };
  while (!isAnswered && !interrupted.aborted) {
    const isReady = await readiness(scene.agent).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady) void prove();
    if (now() > until) throw new Error(`the agent was not back within ${Math.round(limit)} ms`);
    await sleep(POLL_MS);
  }
}

/** Milliseconds: the wait that the agent is in now, or the longest that it can come to. */
async function longestReturn({ agent }: SoakScene): Promise<number> {
  const series = await scrape(agent);
  const waits = series('hubhand_link_state{state="waiting"}') === 1;
  return (waits ? series("hubhand_link_backoff_seconds") * 1000 : LONGEST_RETURN) + ALLOWANCE_MS;
}

/** Evenly on a logarithmic scale. */
const between = ({ least, most }: { least: number; most: number }, share: number): number =>
  least * (most / least) ** share;

async function rest(milliseconds: number, over: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: over }).catch((error: Error) => {
    if (error.name !== "AbortError") throw error;
  });
}

import type { Arena } from "./arena.ts";
import type { Contender } from "./contenders/contender.ts";
import {
  type Effort,
  type Measure,
  NotHere,
  type Readings,
  type RunningMeasure,
} from "./measures/measure.ts";
import { keepAwake } from "./pinning.ts";
import type { Results, Skipped } from "./results.ts";
import type { Running } from "./running.ts";

export interface Programme {
  readonly arena: Arena;
  readonly contenders: readonly Contender[];
  readonly measures: readonly Measure[];
  readonly effort: Effort;
  /** What is done now, in a line. */
  tell(line: string): void;
}

interface Round {
  readonly readings: Record<string, Readings>;
  readonly skipped: Skipped[];
}

/** One round: all contenders take their turns, a different one first each time. */
async function runRound(programme: Programme, round: number): Promise<Round> {
  const { arena, measures, effort, tell } = programme;
  const first = round % programme.contenders.length;
  const contenders = [...programme.contenders.slice(first), ...programme.contenders.slice(0, first)];
  const readings: Record<string, Record<string, number>> = {};
  const skipped: Skipped[] = [];
  const put = ({ id }: Contender, read: Readings): void => {
    readings[id] = { ...readings[id], ...read };
  };
  const running: (readonly [Contender, Running])[] = [];
  const measuresOf = (phase: RunningMeasure["phase"]): RunningMeasure[] =>
    measures.filter((measure) => measure.phase !== "apart").filter((measure) => measure.phase === phase);
  const measureAll = async (phase: RunningMeasure["phase"], [contender, each]: (typeof running)[number]) => {
    for (const measure of measuresOf(phase)) put(contender, await measure.measure(each, effort));
  };

  if (measures.some(({ phase }) => phase !== "apart")) {
    for (const contender of contenders) {
      tell(`${contender.name} starts`);
      running.push([contender, await arena.start(contender)]);
    }
    for (const each of running) await measureAll("start", each);
    if (measuresOf("quiet").length > 0) tell("all are idle");
    await Promise.all(running.map((each) => measureAll("quiet", each)));
    const isCalling = measuresOf("calls").length > 0;
    const letSleep = isCalling ? keepAwake() : undefined;
    for (const each of running) {
      if (isCalling) tell(`${each[0].name} is called`);
      await measureAll("calls", each);
      await each[1].stop();
    }
    letSleep?.();
  }

  for (const measure of measures) {
    if (measure.phase !== "apart" || (measure.isOnce && round > 0)) continue;
    for (const contender of contenders) {
      try {
        tell(`${contender.name}: ${measure.name}`);
        put(contender, await measure.measure(contender, arena, effort));
      } catch (error) {
        if (!(error instanceof NotHere)) throw error;
        skipped.push({
          measure: measure.name,
          what: `${measure.name} of ${contender.name}`,
          why: error.message,
        });
      }
    }
  }
  return { readings, skipped };
}

/** All rounds, one after the other. */
export async function runRounds(programme: Programme): Promise<Pick<Results, "rounds" | "skipped">> {
  const rounds: Round[] = [];
  for (let round = 0; round < programme.effort.rounds; round += 1) {
    const tell = (line: string) =>
      programme.tell(`round ${round + 1} of ${programme.effort.rounds}: ${line}`);
    rounds.push(await runRound({ ...programme, tell }, round));
  }
  return {
    rounds: rounds.map(({ readings }) => readings),
    skipped: rounds.flatMap(({ skipped }) => skipped),
  };
}

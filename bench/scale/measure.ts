import type { Arena } from "../peers/arena.ts";
import type { Running } from "../peers/running.ts";
import { medianOf } from "../support/measure.ts";
import { treeMemoryOf, treeTimeOf } from "../support/tree.ts";
import type { Point, Series } from "./points.ts";

const SCRAPES = 20;

/** What an agent of that size costs. */
export interface Figures {
  readonly series: Series;
  readonly size: number;
  /** Milliseconds from its spawn to its first answer, and its processor time until then. */
  readonly start: number;
  readonly startCpu: number;
  /** Megabytes with its children, each page that they share counted once: after the start, and after the calls. */
  readonly memory: number;
  readonly memoryAfter: number;
  /** Microseconds of processor time a call. */
  readonly cpu: number;
  /** Calls a second. */
  readonly rate: number;
  readonly scrape: Scrape;
}

/** Milliseconds until the metrics are there, milliseconds of the agent's processor time, and bytes. */
interface Scrape {
  readonly took: number;
  readonly cpu: number;
  readonly bytes: number;
}

export async function measurePoint(arena: Arena, point: Point, observePort: number): Promise<Figures> {
  const agent = await arena.start(point.contender);
  try {
    const startCpu = treeTimeOf(agent.pid);
    const memory = treeMemoryOf(agent.pid);
    for (const methodName of point.methods) await call(agent, { methodName, count: 1, atOnce: 1 });
    await call(agent, { count: point.calls, atOnce: point.atOnce });
    const before = treeTimeOf(agent.pid);
    const wall = await call(agent, { count: point.calls, atOnce: point.atOnce });
    const cpu = ((treeTimeOf(agent.pid) - before) / point.calls) * 1000;
    return {
      ...{ series: point.series, size: point.size },
      ...{ start: agent.start.answered, startCpu, memory, memoryAfter: treeMemoryOf(agent.pid) },
      ...{ cpu, rate: point.calls / (wall / 1000) },
      scrape: await scrapeOf(agent, observePort),
    };
  } finally {
    await agent.stop();
  }
}

async function call(agent: Running, plan: Parameters<Running["call"]>[0]): Promise<number> {
  const { refused, wall } = await agent.call(plan);
  if (refused > 0) throw new Error(`${refused} of ${plan.count} calls were refused`);
  return wall;
}

async function scrapeOf(agent: Running, port: number): Promise<Scrape> {
  const took: number[] = [];
  let bytes = 0;
  const ask = async (): Promise<void> => {
    const since = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    bytes = (await response.text()).length;
    if (response.status !== 200) throw new Error(`the metrics are not there: ${response.status}`);
    took.push(performance.now() - since);
  };
  // The first ones are compiled.
  for (let times = 0; times < SCRAPES; times += 1) await ask();
  took.length = 0;
  const before = agent.cpu();
  for (let times = 0; times < SCRAPES; times += 1) await ask();
  return { took: medianOf(took), cpu: (agent.cpu() - before) / SCRAPES, bytes };
}

/** The median of each figure over the rounds. */
export function middleOf(rounds: readonly Figures[]): Figures {
  const [first] = rounds;
  if (first === undefined) throw new Error("nothing was measured");
  const middle = (of: (figures: Figures) => number): number => Number(medianOf(rounds.map(of)).toFixed(2));
  return {
    ...{ series: first.series, size: first.size },
    ...{ start: middle(({ start }) => start), startCpu: middle(({ startCpu }) => startCpu) },
    ...{ memory: middle(({ memory }) => memory), memoryAfter: middle(({ memoryAfter }) => memoryAfter) },
    ...{ cpu: middle(({ cpu }) => cpu), rate: middle(({ rate }) => rate) },
    scrape: {
      took: middle(({ scrape }) => scrape.took),
      cpu: middle(({ scrape }) => scrape.cpu),
      bytes: middle(({ scrape }) => scrape.bytes),
    },
  };
}

import type { FleetOfStates } from "../../support/fleet-of-states/fleet.ts";
import { type Filling, fillIn } from "./fill-in.ts";
import type { Panel, Target } from "./read.ts";

/** A series that has a value at some time at least. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** The last value that is one. */
  readonly value: number;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

/** Scraped once a second, so that this is what Grafana makes of it. */
const TIMES = { __rate_interval: "4s", __interval: "1s" };

/** Asks what panels ask, over all that has happened to the fleet. */
export function createAsker({ prometheus, since }: FleetOfStates) {
  async function get(path: string, parameters: Record<string, string>): Promise<Answer["data"]["result"]> {
    const response = await fetch(`${prometheus.url}/api/v1/${path}`, {
      method: "POST",
      body: new URLSearchParams(parameters),
    });
    const answer = (await response.json()) as Answer;
    if (answer.status !== "success") throw new Error(`${answer.error}: ${parameters.query}`);
    return answer.data.result;
  }

  const fill = (expression: string, filling: Filling) => {
    const __range = `${Math.ceil(Date.now() / 1000 - since)}s`;
    return fillIn(expression, { ...TIMES, __range, ...filling });
  };

  async function ask({ expr, range }: Target, filling: Filling): Promise<Series[]> {
    const query = fill(expr, filling);
    const result = range
      ? await get("query_range", { query, start: String(since), end: String(Date.now() / 1000), step: "1" })
      : await get("query", { query });
    return result.flatMap(({ metric, value, values = value === undefined ? [] : [value] }) => {
      const numbers = values.map(([, text]) => Number(text)).filter((number) => !Number.isNaN(number));
      return numbers.length === 0 ? [] : [{ labels: metric, value: numbers.at(-1) ?? 0 }];
    });
  }

  return {
    fill,
    ask,
    /** Each query of a panel, and what it comes to. */
    panel: (panel: Panel, filling: Filling) =>
      Promise.all((panel.targets ?? []).map((target) => ask(target, filling))),
  };
}

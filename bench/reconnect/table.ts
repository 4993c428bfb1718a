import { medianOf, percentile } from "../support/measure.ts";
import { table } from "../support/table.ts";
import type { Scenario } from "./scenarios.ts";

/** What a contender needed after each fault of one kind; Infinity is "not in time". */
export interface Row {
  readonly scenario: Scenario;
  readonly contender: string;
  readonly seconds: readonly number[];
}

const told = (seconds: number): string => (Number.isFinite(seconds) ? `${seconds.toFixed(1)} s` : "never");

export const tableOf = (rows: readonly Row[]): string =>
  table(
    ["fault", "who", "median", "90 % within", "longest", "times"],
    rows.map(({ scenario, contender, seconds }) => [
      scenario,
      contender,
      ...[medianOf(seconds), percentile(seconds, 0.9), Math.max(...seconds)].map(told),
      `${seconds.length}`,
    ]),
  );

/** With `null` for what did not come in time. */
export const inJson = (row: Row) => ({
  ...row,
  seconds: row.seconds.map((each) => (Number.isFinite(each) ? Number(each.toFixed(3)) : null)),
});

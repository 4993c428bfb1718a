import { medianOf } from "../support/measure.ts";
import { table } from "../support/table.ts";
import { BASE } from "./contenders/index.ts";
import type { Figure, Goal } from "./measures/measure.ts";
import type { Measured, Results } from "./results.ts";

/** Whose goals they are. */
const OURS = "hubhand";
/** Percent. The hub has other work than what it is asked, and 100 is never seen. */
const BOUND_FROM = 90;

/** Medians over the rounds; undefined where there is no figure. */
export interface Cell {
  readonly value: number | undefined;
  /** To the bare SDK sample in the same round. */
  readonly ratio: number | undefined;
  /** The hub could do no more. */
  readonly isBound: boolean;
}

export interface Row {
  readonly figure: Figure;
  /** By a contender's id. */
  readonly cells: Readonly<Record<string, Cell>>;
  /** Undefined: it has no goal, or hubhand no figure. */
  readonly isMet: boolean | undefined;
}

const median = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : medianOf(values);

function cellOf({ rounds }: Results, id: string, { key, boundedBy, isContext }: Figure): Cell {
  const read = (of: string, round: Results["rounds"][number]): number[] => {
    const value = round[of]?.[key];
    return value === undefined ? [] : [value];
  };
  const ratios = rounds.flatMap((round) => {
    const [own, base] = [...read(id, round), ...read(BASE, round)];
    return own === undefined || base === undefined || base === 0 ? [] : [own / base];
  });
  const busy = boundedBy && median(rounds.flatMap((round) => round[id]?.[boundedBy] ?? []));
  return {
    value: median(rounds.flatMap((round) => read(id, round))),
    ratio: isContext ? undefined : median(ratios),
    isBound: typeof busy === "number" && busy > BOUND_FROM,
  };
}

/** The median of hubhand's ratios to the bare SDK sample; undefined if it was not measured. */
export const ratioOf = (results: Results, key: string): number | undefined =>
  cellOf(results, OURS, { key, name: key, unit: "" }).ratio;

function isMet({ of, atMost = Infinity, atLeast = -Infinity }: Goal, cell: Cell | undefined) {
  const value = cell?.[of];
  return value === undefined ? undefined : value <= atMost && value >= atLeast;
}

/** A measure's rows. */
export function rowsOf(results: Results, figures: readonly Figure[]): Row[] {
  return figures.map((figure) => {
    const cells = Object.fromEntries(results.contenders.map(({ id }) => [id, cellOf(results, id, figure)]));
    return { figure, cells, isMet: figure.goal && isMet(figure.goal, cells[OURS]) };
  });
}

/** Three digits that count, and no more than two behind the point. */
export const number = (value: number): string =>
  value.toLocaleString("en-GB", {
    maximumFractionDigits: Math.max(0, Math.min(2, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))),
  });

function printed(
  { value, ratio, isBound }: Cell | undefined = { value: undefined, ratio: undefined, isBound: false },
  isBase: boolean,
) {
  if (value === undefined) return "";
  const beside = ratio === undefined || isBase ? "" : ` (×${ratio.toFixed(2)})`;
  return `${number(value)}${beside}${isBound ? " *" : ""}`;
}

const goalOf = ({ of, atMost, atLeast }: Goal): string =>
  `${of === "ratio" ? "×" : ""}${atMost === undefined ? `${atLeast} or more` : `${atMost} or less`}`;

/** A measure's table, in Markdown that can also be read as it is. */
export function tableOf(results: Results, measure: Measured): string {
  const rows = rowsOf(results, measure.figures).filter(({ cells }) =>
    Object.values(cells).some(({ value }) => value !== undefined),
  );
  return table(
    [measure.title, ...results.contenders.map(({ name }) => name), "goal", "met"],
    rows.map(({ figure: { name, unit, goal }, cells, isMet }) => [
      unit === "" ? name : `${name}, ${unit}`,
      ...results.contenders.map(({ id }) => printed(cells[id], id === BASE)),
      goal ? goalOf(goal) : "",
      isMet === undefined ? "" : isMet ? "yes" : "no",
    ]),
  );
}

/** All that has a goal, and how far hubhand is. */
export function goalsTable(results: Results): string {
  const rows = results.measures.flatMap(({ title, figures }) =>
    rowsOf(results, figures).map((row) => ({ ...row, title })),
  );
  return table(
    ["goal", "hubhand", "to be", "met"],
    rows.flatMap(({ title, figure: { name, unit, goal }, cells, isMet }) =>
      goal === undefined || isMet === undefined
        ? []
        : [[`${title}: ${name}`, reached(cells[OURS], goal, unit), goalOf(goal), isMet ? "yes" : "no"]],
    ),
  );
}

function reached(cell: Cell | undefined, { of }: Goal, unit: string): string {
  const value = cell?.[of] ?? Number.NaN;
  return of === "ratio" ? `×${value.toFixed(2)}` : `${number(value)} ${unit}`.trim();
}

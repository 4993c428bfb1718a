import { parseArgs } from "node:util";
import type { Effort } from "./measures/measure.ts";

const FULL: Effort = { rounds: 5, settle: 10, quiet: 30, calls: 50_000, isThorough: true };
const QUICK: Effort = { rounds: 1, settle: 0.2, quiet: 1, calls: 1_000, isThorough: false };

export const usage = (measures: readonly string[], contenders: readonly string[]): string =>
  `npm run bench -- [--rounds N] [--quick] [--only MEASURES] [--contenders NAMES] [--json FILE] [--write]

  --rounds N          how often each takes its turn (${FULL.rounds})
  --calls N           calls to each in a round (${FULL.calls})
  --quick             one round of ${QUICK.calls} calls, and nothing that takes long: to see that it works
  --only MEASURES     some of ${measures.join(",")}
  --contenders NAMES  some of ${contenders.join(",")}
  --json FILE         every round's figures, and what machine they are from
  --write             JSON, tables and plots of docs/performance.md; --write alone takes all measures

HUBHAND_DIST=PATH/main.js measures another build of hubhand.
`;

export interface Arguments {
  readonly help: boolean;
  readonly effort: Effort;
  readonly only: readonly string[];
  readonly contenders: readonly string[];
  readonly json: string | undefined;
  readonly write: boolean;
}

/** @throws Error that says what is wrong */
export function readArguments(
  args: readonly string[],
  known: { readonly measures: readonly string[]; readonly contenders: readonly string[] },
): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      rounds: { type: "string" },
      calls: { type: "string" },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      contenders: { type: "string" },
      json: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const effort = values.quick ? QUICK : FULL;
  const some = (option: "only" | "contenders", all: readonly string[]): readonly string[] => {
    const chosen = values[option]?.split(",") ?? all;
    const unknown = chosen.find((name) => !all.includes(name));
    if (unknown !== undefined) throw new Error(`--${option}: "${unknown}" is none of ${all.join(", ")}`);
    return chosen;
  };
  const whole = (option: "rounds" | "calls", least: number): number => {
    const value = Number(values[option] ?? effort[option]);
    if (!Number.isSafeInteger(value) || value < least)
      throw new Error(`--${option} is a whole number from ${least}`);
    return value;
  };
  if (values.write && (values.quick || values.only !== undefined || values.contenders !== undefined))
    throw new Error("--write takes all measures of all contenders: without --quick, --only and --contenders");
  return {
    help: values.help,
    effort: { ...effort, rounds: whole("rounds", 1), calls: whole("calls", 100) },
    only: some("only", known.measures),
    contenders: some("contenders", known.contenders),
    json: values.json,
    write: values.write,
  };
}

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Machine } from "../support/machine.ts";
import { INSTALLED } from "./contenders/installed.ts";
import type { Effort, Figure, Readings } from "./measures/measure.ts";

/** A measure, and what its figures came of. */
export interface Measured {
  readonly name: string;
  readonly title: string;
  readonly takenAt: string;
  /** With "+" after it if something was changed. */
  readonly commit: string;
  readonly effort: Effort;
  readonly figures: readonly Figure[];
}

/** What was left out, and why. */
export interface Skipped {
  /** Without: all measures. */
  readonly measure?: string;
  readonly what: string;
  readonly why: string;
}

/** What `--json` writes. */
export interface Results {
  readonly machine: Machine;
  /** Of what stands beside hubhand. */
  readonly versions: Readonly<Record<string, string>>;
  readonly contenders: readonly { readonly id: string; readonly name: string }[];
  readonly measures: readonly Measured[];
  readonly skipped: readonly Skipped[];
  /** One each: by a contender's id, what was read. */
  readonly rounds: readonly Readonly<Record<string, Readings>>[];
}

export function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", args, { cwd: INSTALLED, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const isChanged = git("status", "--porcelain", ":/").trim() !== "";
    return `${git("rev-parse", "--short=12", "HEAD").trim()}${isChanged ? "+" : ""}`;
  } catch {
    return "unknown";
  }
}

export const versions = (): Record<string, string> =>
  JSON.parse(readFileSync(path.join(INSTALLED, "package.json"), "utf8")).dependencies;

/**
 * The newer results, and of the older ones what was not measured again: a long measure need not be repeated with all others.
 * @throws Error if they are of two machines, as their figures say nothing of each other
 */
export function merge(older: Results, newer: Results): Results {
  if (JSON.stringify(older.machine) !== JSON.stringify(newer.machine))
    throw new Error("the older results are of another machine: measure all of them again");
  const isAgain = ({ name }: { name: string | undefined }): boolean =>
    newer.measures.some((measure) => measure.name === name);
  const old = older.measures.filter((measure) => !isAgain(measure));
  const kept = new Set(old.flatMap(({ figures }) => figures.map(({ key }) => key)));
  const rounds = Array.from({ length: Math.max(older.rounds.length, newer.rounds.length) }, (_, index) => {
    const both = { ...older.rounds[index], ...newer.rounds[index] };
    const readings = Object.keys(both).map((id) => {
      const before = Object.entries(older.rounds[index]?.[id] ?? {}).filter(([key]) => kept.has(key));
      return [id, { ...Object.fromEntries(before), ...newer.rounds[index]?.[id] }];
    });
    return Object.fromEntries(readings);
  });
  return {
    ...newer,
    contenders: [
      ...newer.contenders,
      ...older.contenders.filter(({ id }) => !newer.contenders.some((each) => each.id === id)),
    ],
    measures: [...newer.measures, ...old],
    skipped: [
      ...newer.skipped,
      ...older.skipped.filter(({ measure }) => measure !== undefined && !isAgain({ name: measure })),
    ],
    rounds,
  };
}

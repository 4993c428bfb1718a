import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import path from "node:path";
import { INSTALLED } from "./contenders/installed.ts";
import type { Effort, Figure, Readings } from "./measures/measure.ts";

/** What was measured on, and when. */
export interface Machine {
  readonly processor: string;
  readonly processors: number;
  /** GB, of 10^9 bytes. */
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  /** The contender had a processor that nobody else of the bench had. */
  readonly isPinned: boolean;
}

/** What `--json` writes. */
export interface Results {
  readonly takenAt: string;
  readonly commit: string;
  readonly machine: Machine;
  /** Of what stands beside hubhand. */
  readonly versions: Readonly<Record<string, string>>;
  readonly effort: Effort;
  readonly contenders: readonly { readonly id: string; readonly name: string }[];
  readonly measures: readonly {
    readonly name: string;
    readonly title: string;
    readonly figures: readonly Figure[];
  }[];
  /** What was left out, and why. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  /** One each: by a contender's id, what was read. */
  readonly rounds: readonly Readonly<Record<string, Readings>>[];
}

export const machine = (isPinned: boolean): Machine => ({
  processor: cpus()[0]?.model.trim() ?? "unknown",
  processors: cpus().length,
  memory: Math.round(totalmem() / 1e8) / 10,
  kernel: release(),
  node: process.version,
  isPinned,
});

/** With "+" after it if something is changed. */
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

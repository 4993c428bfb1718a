import { table } from "../support/table.ts";
import type { Kind } from "./kinds.ts";

export const AT_ONCE = 16;

/** Microseconds; latencies of calls one after the other, processor time and rate of AT_ONCE at a time. */
export interface KindFigures {
  readonly p50: number;
  readonly p99: number;
  /** Of the whole tree of processes, a call. */
  readonly cpu: number;
  /** Calls a second. */
  readonly rate: number;
}

export interface KindRow {
  readonly kind: Kind;
  readonly hubhand: KindFigures;
  /** Milliseconds from the spawn of the agent to its first answer. */
  readonly start: number;
  /** Megabytes of the agent and its plugin, online and idle. */
  readonly memory: number;
  readonly least: KindFigures;
}

/** What the kind adds to a call that stays in the agent, over the least that it could add. */
export function ratiosOf(row: KindRow, inProcess: KindRow): { p50: number; cpu: number } | undefined {
  if (row === inProcess) return undefined;
  const over = (key: "p50" | "cpu"): number => (row.hubhand[key] - inProcess.hubhand[key]) / row.least[key];
  return { p50: over("p50"), cpu: over("cpu") };
}

export const LEAST: Readonly<Record<Kind, string>> = {
  "in-process": "a function",
  thread: "`postMessage` there and back",
  process: "a message over `fork`'s channel there and back",
  executable: "`spawn` of the same program",
  daemon: "a line to the same program and back",
  http: "a request to the same service, connection kept",
};

const HEAD = [
  ...["kind", "p50 µs", "p99 µs", `CPU µs a call, ${AT_ONCE} at once`, `calls/s, ${AT_ONCE} at once`],
  ...["start ms", "memory MB", "the least: p50 µs", "over in-process / least"],
  ...["the least: CPU µs", "over in-process / least", "the least is"],
];

export function tableOf(rows: readonly KindRow[]): string {
  const inProcess = rows.find(({ kind }) => kind === "in-process");
  return table(
    HEAD,
    rows.map((row) => {
      const { hubhand, least } = row;
      const ratio = inProcess && ratiosOf(row, inProcess);
      const over =
        ratio === undefined
          ? ["", "", "", "", ""]
          : [
              ...[least.p50.toFixed(0), `x${ratio.p50.toFixed(2)}`],
              ...[least.cpu.toFixed(0), `x${ratio.cpu.toFixed(2)}`, LEAST[row.kind]],
            ];
      const own = [hubhand.p50, hubhand.p99, hubhand.cpu, hubhand.rate, row.start, row.memory];
      return [row.kind, ...own.map((each) => each.toFixed(0)), ...over];
    }),
  );
}

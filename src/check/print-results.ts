import { styleText } from "node:util";
import type { CheckResult, CheckVerdict } from "./check.ts";

/** As wide as the longest result, and what keeps it apart. */
const MARK_WIDTH = "warning".length + 2;
/** Where lines break if nobody says how wide the terminal is: not at all, as programs read them. */
const UNBROKEN = Number.POSITIVE_INFINITY;
/** Beside the descriptions there should be as much; where there is not, what was found follows them. */
const LEAST_BESIDE = 60;
/** A terminal so narrow would have one word a line. */
const NARROWEST = 40;

const COLOURS = { ok: "green", warning: "yellow", fatal: "red", skipped: "gray" } as const;

export interface PrintOptions {
  readonly colour?: boolean;
  /** Columns of the terminal. */
  readonly width?: number | undefined;
}

/** For people: what was looked at, one below the other; what to do where something is wrong; where to begin. */
export function printResults(results: readonly CheckResult[], options: PrintOptions = {}): string {
  const { colour = false, width = UNBROKEN } = options;
  const widest = Math.max(...results.map(({ description }) => description.length));
  const isBeside = width - (MARK_WIDTH + widest + 2) >= LEAST_BESIDE;
  const margin = isBeside ? MARK_WIDTH + widest + 2 : MARK_WIDTH;
  const room = Math.max(width - 1, NARROWEST) - margin;
  const lines = results
    .filter(({ because }) => because === undefined)
    .flatMap(({ id, result, description, detail, remedy }) => {
      const mark = result.padEnd(MARK_WIDTH);
      const coloured = colour ? styleText(COLOURS[result], mark, ALWAYS) : mark;
      const isBad = result === "fatal" || result === "warning";
      const found = isBad ? `[${id}] ${detail}` : detail;
      const told = broken(isBeside ? found : `${description}: ${found}`, room);
      const advice = remedy === undefined ? [] : broken(`-> ${remedy}`, room);
      const begin = isBeside ? `${coloured}${description.padEnd(widest)}  ` : coloured;
      return [...told, ...advice].map((line, index) => (index === 0 ? begin : " ".repeat(margin)) + line);
    });
  const text = [...lines, "", ...waiting(results, room + margin), summary(results)];
  return `${text.join("\n")}\n`;
}

/** What could not be looked at for the sake of others, in a line for each of those. */
function waiting(results: readonly CheckResult[], room: number): string[] {
  const causes = new Set(results.flatMap(({ because }) => because ?? []));
  return [...causes].flatMap((cause) => {
    const ids = results.filter(({ because }) => because === cause).map(({ id }) => id);
    return broken(`Not looked at before [${cause}] is mended: ${ids.join(", ")}.`, room);
  });
}

/** The command has looked whether there is a terminal. */
const ALWAYS = { validateStream: false };

function summary(results: readonly CheckResult[]): string {
  const count = (verdict: CheckVerdict) => results.filter(({ result }) => result === verdict).length;
  const [fatals, warnings] = [count("fatal"), count("warning")];
  const begin = results.find(({ result }) => result === (fatals > 0 ? "fatal" : "warning"))?.id;
  const parts = [
    ...(fatals > 0 ? [`${fatals} fatal`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : []),
  ];
  return begin === undefined
    ? `Nothing is wrong${results.some(({ because }) => because !== undefined) ? " with what could be looked at" : ""}.`
    : `${parts.join(", ")}: begin with [${begin}]. Each is explained in docs/check.md.`;
}

/** At spaces, so that no line is longer if it can be helped. */
function broken(text: string, room: number): string[] {
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let current = "";
    for (const word of line.split(" ")) {
      if (current !== "" && current.length + 1 + word.length > room) {
        lines.push(current);
        current = word;
      } else current = current === "" ? word : `${current} ${word}`;
    }
    return [...lines, current];
  });
}

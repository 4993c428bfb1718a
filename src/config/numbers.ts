import { parseDuration, printDuration } from "../durations.ts";
import { parseSize, printSize } from "../sizes.ts";
import { type Kind, Unfit } from "./kinds.ts";

interface Measure {
  /** What it is called, and what stands between the angle brackets of its flag. */
  readonly argument: string;
  readonly min: number;
  readonly max: number;
  /** Undefined for a text that is none. */
  parse(text: string): number | undefined;
  print(value: number): string;
  /** What to do about a text that is none. */
  advice(text: string): string;
}

/** A number that is written with its unit, whole once read. */
function measure({ argument, min, max, parse, print, advice }: Measure): Kind<number> {
  const name = `a ${argument} from ${print(min)} to ${print(max)}`;
  const check = (value: unknown) => {
    if (typeof value !== "number" || !(value >= min && value <= max)) throw new Unfit(name);
  };
  const fromText = (text: string) => {
    const value = parse(text);
    if (value === undefined) throw new Unfit(name, advice(text));
    const whole = Math.round(value);
    check(whole);
    return whole;
  };
  return {
    name,
    argument,
    fromText,
    fromData: (data) => {
      if (typeof data === "string" || typeof data === "number") return fromText(String(data));
      throw new Unfit(name);
    },
    check,
    print,
  };
}

/** A duration, in whole milliseconds once read; `min` and `max` are in milliseconds too. */
export function duration(limits: { min: number; max: number }): Kind<number> {
  return measure({
    ...limits,
    argument: "duration",
    parse: parseDuration,
    print: printDuration,
    advice: (text) =>
      /^\s*[\d.]+\s*$/.test(text)
        ? "Add a unit: ms, s, m or h."
        : "Write a number and a unit with nothing between: 250ms, 30s, 5m or 2h.",
  });
}

/** A size, in whole bytes once read; `min` and `max` are in bytes too. */
export function size(limits: { min: number; max: number }): Kind<number> {
  return measure({
    ...limits,
    argument: "size",
    parse: parseSize,
    print: printSize,
    advice: () => "Write a number and a unit: 512KiB, 64MiB or 1GiB.",
  });
}

/** A whole number. */
export function wholeNumber({ min, max }: { min: number; max: number }): Kind<number> {
  const name = `a whole number from ${min} to ${max}`;
  const check = (value: unknown) => {
    if (!Number.isInteger(value) || Number(value) < min || Number(value) > max) throw new Unfit(name);
  };
  return {
    name,
    argument: "number",
    fromText: (text) => {
      if (!/^-?\d{1,15}$/.test(text)) throw new Unfit(name, serviceLinkAdvice(text));
      check(Number(text));
      return Number(text);
    },
    fromData: (data) => {
      if (typeof data === "string" && /^\d+$/.test(data)) throw new Unfit(name, "Remove the quotes.");
      check(data);
      return data as number;
    },
    check,
    print: (value) => value,
  };
}

/** Kubernetes gives every pod `NAME_PORT=tcp://…` for each Service: one named hubhand-observe hits our variable. */
function serviceLinkAdvice(text: string): string | undefined {
  return text.startsWith("tcp://")
    ? "Kubernetes set it for a Service of that name: set enableServiceLinks: false in the pod."
    : undefined;
}

import { isIP } from "node:net";
import { resolve } from "node:path";
import { closest } from "../suggest.ts";

/** Why a value does not fit its key. Never holds the value itself: it may be a secret. */
export class Unfit extends Error {
  readonly expected: string;
  readonly advice: string | undefined;

  constructor(expected: string, advice?: string) {
    super(`expected ${expected}`);
    this.expected = expected;
    this.advice = advice;
  }
}

/** A type of value: how it is read from text and from a file, checked, and written again. */
export interface Kind<T> {
  /** The type as the reference shows it, with its limits. */
  readonly name: string;
  /** What stands between the angle brackets of its flag. */
  readonly argument: string;
  /** All that it may be, where that is a few words: for a shell that completes them. */
  readonly words?: readonly string[];
  /** Reads a variable or a flag. `base` is the folder that relative paths start from. Throws Unfit. */
  fromText(text: string, base: string): T;
  /** Reads a value of a YAML or JSON file. Throws Unfit. */
  fromData(data: unknown, base: string): T;
  /** Throws Unfit unless the value is one that `fromText` and `fromData` may return: convict's `format`. */
  check(value: unknown): void;
  /** The value as a configuration file would hold it. */
  print(value: T): unknown;
  /** True if no message may show what was given: secrets, and settings that may contain some. */
  readonly hidden?: boolean;
  /** True for mappings whose names are the user's: a dot in one of them is no path. */
  readonly freeForm?: boolean;
  /** How two sources of one key go together; without it the later source replaces the earlier. */
  merge?(earlier: T, later: T): T;
}

/** A kind whose values are plain text, with one rule. */
export function textKind(
  name: string,
  argument: string,
  check: (text: string) => void,
  extra: Partial<Kind<string>> = {},
): Kind<string> {
  const fromText = (text: string) => {
    check(text);
    return text;
  };
  const asText = (data: unknown) => {
    if (typeof data !== "string") {
      throw new Unfit(name, typeof data === "object" ? undefined : "Put the value in quotes.");
    }
    return data;
  };
  return {
    name,
    argument,
    fromText,
    fromData: (data) => fromText(asText(data)),
    check: (value) => check(asText(value)),
    print: (value) => value,
    ...extra,
  };
}

function notEmpty(expected: string): (text: string) => void {
  return (text) => {
    if (text.trim() === "") throw new Unfit(expected, "It is empty: give a value or leave the key out.");
  };
}

/** A host name or an IP address to listen on. */
export function host(): Kind<string> {
  const name = "a host name or an IP address";
  return textKind(name, "host", (text) => {
    if (isIP(text) === 0 && !/^[a-z\d]([\w.-]{0,251}[a-z\d])?$/i.test(text)) {
      throw new Unfit(name, "Write it without scheme and port: the port has its own key.");
    }
  });
}

/** A text that may be anything but empty. */
export function plainText(): Kind<string> {
  return textKind("text", "text", notEmpty("text"));
}

/** A text that is never shown; one that is not to be guessed has some length. */
export function secretText({ min = 1 } = {}): Kind<string> {
  const name = min > 1 ? `text of at least ${min} characters` : "text";
  const check = (text: string): void => {
    notEmpty(name)(text);
    if (text.length < min) throw new Unfit(name, "Take a longer one, which nobody can guess.");
  };
  return textKind(name, "text", check, { hidden: true });
}

/** A file or folder; absolute once read. */
export function filePath(): Kind<string> {
  const name = "a path";
  const { fromData, ...kind } = textKind(name, "path", notEmpty(name));
  return {
    ...kind,
    fromText: (text, base) => resolve(base, kind.fromText(text, base)),
    fromData: (data, base) => resolve(base, fromData(data, base)),
  };
}

/** One of a few words. */
export function choice<const T extends string>(...words: T[]): Kind<T> {
  const name = `one of ${words.join(", ")}`;
  const kind = textKind(name, "word", (text) => {
    if ((words as string[]).includes(text)) return;
    const meant = closest(text, words);
    throw new Unfit(name, meant && `Did you mean ${meant}?`);
  });
  // Its check lets nothing but the words through.
  return { ...(kind as Kind<string> as Kind<T>), words };
}

/** A name of the IANA time zone database, as `Intl` of this Node knows it. */
export function timeZone(): Kind<string> {
  const name = "an IANA time zone such as Europe/Berlin";
  return textKind(name, "zone", (text) => {
    try {
      // `Intl` also takes offsets such as +01:00, which know no daylight saving time.
      if (/^[a-z]/i.test(text) && Intl.DateTimeFormat("en", { timeZone: text })) return;
    } catch {
      // A RangeError is how `Intl` says that it has no such zone; the message below says it better.
    }
    const meant = closest(text, Intl.supportedValuesOf("timeZone"));
    throw new Unfit(name, meant && `Did you mean ${meant}?`);
  });
}

/** What a kind takes, or the word off. */
export function orOff<T>(kind: Kind<T>): Kind<T | "off"> {
  const name = `${kind.name}, or off`;
  const either = (check: () => T): T | "off" => {
    try {
      return check();
    } catch (error) {
      throw error instanceof Unfit ? new Unfit(name, error.advice) : error;
    }
  };
  return {
    ...kind,
    name,
    ...(kind.words === undefined ? {} : { words: [...kind.words, "off"] }),
    fromText: (text, base) => (text.trim() === "off" ? "off" : either(() => kind.fromText(text, base))),
    fromData: (data, base) => (data === "off" ? "off" : either(() => kind.fromData(data, base))),
    check: (value) => {
      if (value !== "off") kind.check(value);
    },
    print: (value) => (value === "off" ? value : kind.print(value)),
    merge: (_, later) => later,
  };
}

/** Yes or no. */
export function boolean(): Kind<boolean> {
  const name = "true or false";
  const check = (value: unknown) => {
    if (typeof value !== "boolean") throw new Unfit(name, "Write it without quotes.");
  };
  return {
    name,
    argument: "boolean",
    words: ["true", "false"],
    fromText: (text) => {
      if (text !== "true" && text !== "false") throw new Unfit(name);
      return text === "true";
    },
    fromData: (data) => {
      check(data);
      return data as boolean;
    },
    check,
    print: (value) => value,
  };
}

/** Where code runs: apart from the agent, and how; or with it. `true` is the word for the safest. */
export function isolation(): Kind<"process" | "thread" | false> {
  const name = "process, thread, true or false";
  const check = (value: unknown) => {
    if (value !== "process" && value !== "thread" && value !== false) throw new Unfit(name);
  };
  const fromData = (data: unknown) => {
    const place = data === true ? "process" : data;
    check(place);
    return place as "process" | "thread" | false;
  };
  return {
    name,
    argument: "place",
    words: ["process", "thread", "true", "false"],
    fromText: (text) => fromData({ true: true, false: false }[text] ?? text),
    fromData,
    check,
    print: (value) => value,
  };
}

import { redactedJson } from "./redacted-json.ts";
import type { StatusSnapshot } from "./snapshot.ts";

/** What the parts of the agent tell; asked once a second while somebody watches, so each must be quick. */
export type StatusSources = {
  readonly [Section in Exclude<keyof StatusSnapshot, "at" | "control">]: () =>
    | StatusSnapshot[Section]
    | Promise<StatusSnapshot[Section]>;
};

/** Section by section, the JSON as it goes out. */
export type SectionTexts = ReadonlyMap<string, string>;

export interface LookOptions {
  readonly sources: StatusSources;
  readonly control: StatusSnapshot["control"];
  /** Takes secrets out of a text. */
  redact(text: string): string;
}

/** Asks all parts how they are. Rejects if one cannot tell. */
export async function lookAround({ sources, control, redact }: LookOptions): Promise<SectionTexts> {
  const told = Object.entries(sources).map(
    async ([name, tell]) => [name, redactedJson(await tell(), redact)] as const,
  );
  return new Map([...(await Promise.all(told)), ["control", JSON.stringify(control)]]);
}

/** One object of these sections. */
export function writeSections(at: string, texts: SectionTexts): string {
  const sections = [...texts].map(([name, text]) => `,${JSON.stringify(name)}:${text}`);
  return `{"at":${JSON.stringify(at)}${sections.join("")}}`;
}

/** Those that are not as they were. */
export function changedSections(before: SectionTexts, now: SectionTexts): SectionTexts {
  return new Map([...now].filter(([name, text]) => before.get(name) !== text));
}

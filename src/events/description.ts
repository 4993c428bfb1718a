import type { Level } from "pino";

/** What `docs/reference/events.md` says of an event. */
export interface EventDescription<At extends Level = Level> {
  readonly levels: readonly At[];
  readonly meaning: string;
  /** What to do; undefined if nothing is to be done. */
  readonly advice: string | undefined;
}

/** An event that is told at this level, or at one of these. */
export const event = <At extends Level>(
  levels: At | readonly At[],
  meaning: string,
  advice?: string,
): EventDescription<At> => ({
  levels: typeof levels === "string" ? [levels] : levels,
  meaning,
  advice,
});

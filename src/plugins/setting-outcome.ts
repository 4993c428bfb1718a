/** What became of one setting that was desired: 200 in force, 400 it does not fit, 500 its plugin failed at it. */
export interface SettingOutcome {
  readonly status: 200 | 400 | 500;
  /** Why, for a person; no value. */
  readonly description?: string;
  /** What is in force; undefined for what nobody may know: one that is `writeOnly`, and what only the configuration says. */
  readonly value: unknown;
}

/** By the name of the setting. */
export type SettingOutcomes = Readonly<Record<string, SettingOutcome>>;

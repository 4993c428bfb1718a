/** `skipped`: it could not be told, or does not matter here. */
export type CheckVerdict = "ok" | "warning" | "fatal" | "skipped";

/** What a check has found. */
export interface Finding {
  readonly result: CheckVerdict;
  /** For a person; never a secret. */
  readonly detail: string;
  /** What to do. */
  readonly remedy?: string;
}

/** Looks at one thing, and changes nothing. */
export interface Check {
  /** Short and stable, for scripts. */
  readonly id: string;
  /** What is looked at, in a few words. */
  readonly description: string;
  /** @param signal fires when its time is over; what it would have found is not waited for */
  run(signal: AbortSignal): Promise<Finding> | Finding;
}

export interface CheckResult extends Finding, Pick<Check, "id" | "description"> {}

/** What a check needs is not there; thrown by it, it is skipped. Another check says why it is not there. */
export class Unmet extends Error {
  override readonly name = "Unmet";
}

export const ok = (detail: string): Finding => ({ result: "ok", detail });
export const skipped = (detail: string): Finding => ({ result: "skipped", detail });
export const warning = (detail: string, remedy: string): Finding => ({ result: "warning", detail, remedy });
export const fatal = (detail: string, remedy: string): Finding => ({ result: "fatal", detail, remedy });

/** `skipped`: it could not be told, or does not matter here. */
export type CheckVerdict = "ok" | "warning" | "fatal" | "skipped";

/** What a check has found. */
export interface Finding {
  readonly result: CheckVerdict;
  /** For a person; never a secret. */
  readonly detail: string;
  /** What to do. */
  readonly remedy?: string;
  /** Of a skipped one: the check that says why it could not look. */
  readonly because?: string;
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

/** What a check needs is not there; thrown by it, it is skipped. */
export class Unmet extends Error {
  override readonly name = "Unmet";
  /** The check that says why. */
  readonly because: string | undefined;

  constructor(message: string, because?: string) {
    super(message);
    this.because = because;
  }
}

/** Another check has found what has to be mended first, and blame is its own. */
export const after = (id: string): Unmet => new Unmet(`not looked at: "${id}" comes first`, id);

export const ok = (detail: string): Finding => ({ result: "ok", detail });
export const skipped = (detail: string, because?: string): Finding =>
  because === undefined ? { result: "skipped", detail } : { result: "skipped", detail, because };
export const warning = (detail: string, remedy: string): Finding => ({ result: "warning", detail, remedy });
export const fatal = (detail: string, remedy: string): Finding => ({ result: "fatal", detail, remedy });

/** What became of one desired property. The statuses are those of HTTP, as Plug and Play has them (`ac`). */
export interface Outcome {
  /** 200 in force; 202 taken, and in force after a restart; 400 refused; 404 there is no such property; 500 it failed. */
  readonly status: 200 | 202 | 400 | 404 | 500;
  /** Why, or what is to be done, for a person; no secret (`ad`). */
  readonly description?: string;
  /** The value that is in force (`value`); it goes to the hub. Undefined if nobody may know, or there is none. */
  readonly value: unknown;
}

/** Desired properties that belong together: those of the device itself, or of one component of it. */
export interface Writables {
  /** Its name in the twin; undefined for the device itself. */
  readonly component: string | undefined;
  /** Of the device itself: the one property that it takes, beside others' that it holds up no more than they it. */
  readonly property?: string;
  /** Names that nobody has and that were meant for this `property`: it is given them, too. */
  isMisspelt?(name: string): boolean;
  /**
   * Makes what is desired so. What is not named any more goes back to what the configuration says. A value that does not
   * fit is refused, and the one before it stays in force. The same asked again changes nothing, and is answered the same.
   * @param desired of the device itself, without a `property`, also what others want of its twin: it leaves that out, and
   * it has no answer
   * @returns what became of each that is named. Never rejects
   */
  apply(desired: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Outcome>>>;
}

/** What the device reports of itself at the root of its twin; a component cannot have these names. */
export const READ_ONLY: readonly string[] = ["agent", "link", "plugins"];

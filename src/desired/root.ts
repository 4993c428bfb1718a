import type { Logger } from "pino";
import { messageOf } from "../errors.ts";
import { closest } from "../suggest.ts";
import type { Outcome, Writables } from "../twin/writable.ts";

/** A property at the root of the twin. */
export interface RootProperty {
  /**
   * Makes it so; undefined is what the configuration says.
   * @returns what became of it, if it is not simply in force: 202 and what to do, if that needs a restart
   * @throws Unfit if it does not fit; any other error is a failure. The value before it stays in force in both cases
   */
  apply(value: unknown): Promise<Omit<Outcome, "value"> | undefined>;
  /** The value that is in force. */
  current(): unknown;
}

/** A value that does not fit; its message says what was expected, and what to do. */
export class Unfit extends Error {}

/** What the twin may change of the device itself, by name. */
export function rootWritables(properties: Readonly<Record<string, RootProperty>>, logger: Logger): Writables {
  async function outcomeOf(name: string, property: RootProperty, value: unknown): Promise<Outcome> {
    try {
      const outcome = (await property.apply(value)) ?? { status: 200 };
      return { ...outcome, value: property.current() };
    } catch (error) {
      const description = messageOf(error);
      const status = error instanceof Unfit ? 400 : 500;
      logger.warn({ property: name, status }, `the desired property ${name} is not in force: ${description}`);
      return { status, description, value: property.current() };
    }
  }

  return {
    component: undefined,
    async apply(desired) {
      const outcomes = new Map<string, Outcome>();
      for (const [name, property] of Object.entries(properties)) {
        const outcome = await outcomeOf(name, property, desired[name]);
        if (Object.hasOwn(desired, name)) outcomes.set(name, outcome);
      }
      for (const name of Object.keys(desired)) {
        if (Object.hasOwn(properties, name)) continue;
        const known = Object.keys(properties);
        const meant = closest(name, known);
        const advice = meant === undefined ? "" : `. Did you mean "${meant}"?`;
        const description = `there is no such property; there are ${known.join(", ")}${advice}`;
        outcomes.set(name, { status: 404, description, value: null });
      }
      return Object.fromEntries(outcomes);
    },
  };
}

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

/**
 * What the twin may change of the device itself, by name: each by itself, as a plugin that is enabled may take its time to
 * start. What else is at the root of the twin is somebody else's, and has no answer; but for what is nearly one of these
 * names, and waits for one.
 */
export function rootWritables(properties: Readonly<Record<string, RootProperty>>): readonly Writables[] {
  async function outcomeOf(property: RootProperty, value: unknown): Promise<Outcome> {
    try {
      const outcome = (await property.apply(value)) ?? { status: 200 };
      return { ...outcome, value: property.current() };
    } catch (error) {
      const status = error instanceof Unfit ? 400 : 500;
      return { status, description: messageOf(error), value: property.current() };
    }
  }

  return Object.entries(properties).map(([name, property]): Writables => {
    const isMisspelt = (written: string): boolean =>
      !Object.hasOwn(properties, written) && nearly(written, Object.keys(properties)) === name;
    return {
      component: undefined,
      property: name,
      isMisspelt,
      async apply(desired) {
        const isNamed = Object.hasOwn(desired, name);
        const outcome = await outcomeOf(property, isNamed ? desired[name] : undefined);
        const misses = Object.keys(desired).filter(isMisspelt);
        const outcomes = misses.map((written) => [written, unknown(written, name)] as const);
        return Object.fromEntries(isNamed ? [[name, outcome], ...outcomes] : outcomes);
      },
    };
  });
}

const unknown = (written: string, meant: string): Outcome => ({
  status: 404,
  description: `there is no property ${written}; did you mean ${meant}?`,
  value: undefined,
});

/** Narrowly: an answer to what is another program's would be in that one's way. */
const nearly = (name: string, names: readonly string[]): string | undefined =>
  closest(name, names, Math.floor((name.length + 1) / 5));

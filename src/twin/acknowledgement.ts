import { isMapping } from "../mapping.ts";
import { COMPONENT, isComponent } from "./desired.ts";
import { reportable, reportableText } from "./limits.ts";
import { own, type PropertyObject, without } from "./properties.ts";
import { type Outcome, READ_ONLY } from "./writable.ts";

/** An outcome, and the version of the desired properties that it answers. */
export interface Answered extends Outcome {
  readonly version: number;
}

/** Answers by property, by component; "" is the device itself. */
export type Answers = ReadonlyMap<string, ReadonlyMap<string, Answered>>;

/** Whether the desired properties still name this one. */
export type IsDesired = (component: string, property: string) => boolean;

/**
 * An acknowledgement as it stands in reported properties: learn.microsoft.com, "IoT Plug and Play conventions", writable
 * properties: `value`, `ac`, `av`, and `ad` if there is something to say.
 */
const isAcknowledgement = (value: unknown): value is PropertyObject =>
  isMapping(value) && typeof own(value, "ac") === "number" && typeof own(value, "av") === "number";

/**
 * Reported properties with the acknowledgements that they should hold. One of a property that is not desired any more goes;
 * one that has no answer yet stays: its plugin may only be away. What is none is left alone.
 */
export function acknowledged(
  reported: PropertyObject,
  { answers, isDesired }: { answers: Answers; isDesired: IsDesired },
): PropertyObject {
  const next = new Map(Object.entries(withAnswers(reported, "", answers.get(""))));
  for (const [name, value] of Object.entries(reported))
    if (isComponent(value) && !answers.has(name)) setComponent(name, withAnswers(value, name, undefined));
  for (const [name, mine] of answers) {
    if (name === "" || READ_ONLY.includes(name)) continue;
    const present = own(reported, name);
    setComponent(name, withAnswers(isComponent(present) ? present : COMPONENT, name, mine));
  }
  return Object.fromEntries(next);

  function setComponent(name: string, value: PropertyObject): void {
    if (Object.keys(value).length > 1) next.set(name, value);
    else next.delete(name);
  }

  function withAnswers(
    present: PropertyObject,
    component: string,
    mine: ReadonlyMap<string, Answered> | undefined,
  ): PropertyObject {
    const isStale = (name: string): boolean =>
      isAcknowledgement(own(present, name)) && !isDesired(component, name);
    const all = new Map(Object.entries(without(present, isStale)));
    const depth = component === "" ? 1 : 2;
    for (const [name, answer] of mine ?? []) all.set(name, acknowledgement(answer, depth));
    return Object.fromEntries(all);
  }

  function acknowledgement(answer: Answered, depth: number): PropertyObject {
    const value = reportable(answer.value, depth);
    return {
      ...(value === undefined ? {} : { value }),
      ac: answer.status,
      ...(answer.description === undefined ? {} : { ad: reportableText(answer.description) }),
      av: answer.version,
    };
  }
}

/** The same without the largest of the values acknowledged; undefined if there is none left. */
export function withoutLargestValue(
  reported: PropertyObject,
  sizeOf: (value: unknown) => number,
): PropertyObject | undefined {
  let largest: { path: readonly string[]; size: number } | undefined;
  const look = (object: PropertyObject, path: readonly string[]): void => {
    for (const [name, value] of Object.entries(object)) {
      if (isAcknowledgement(value) && Object.hasOwn(value, "value")) {
        const size = sizeOf(value.value);
        if (size > (largest?.size ?? -1)) largest = { path: [...path, name], size };
      } else if (path.length === 0 && isComponent(value)) look(value, [name]);
    }
  };
  look(reported, []);
  return largest === undefined ? undefined : withoutValue(reported, largest.path);
}

function withoutValue(object: PropertyObject, [name = "", ...path]: readonly string[]): PropertyObject {
  const inside = own(object, name);
  if (!isMapping(inside)) return object;
  const next =
    path.length > 0
      ? withoutValue(inside, path)
      : { ...without(inside, (key) => key === "value"), ad: "the value in force is too large to be told" };
  return Object.fromEntries(
    Object.entries({ ...object }).map(([key, value]) => [key, key === name ? next : value]),
  );
}

import { isMapping } from "../mapping.ts";
import { merge, own, type PropertyObject, without } from "./properties.ts";

/** Desired properties, all of them, as of a version. */
export interface Desired {
  readonly version: number;
  readonly values: PropertyObject;
}

/** What marks a component: learn.microsoft.com, "IoT Plug and Play conventions". */
export const COMPONENT = { __t: "c" } as const;

export const isComponent = (value: unknown): value is PropertyObject =>
  isMapping(value) && own(value, "__t") === COMPONENT.__t;

/** A section or a patch as the hub sends it, apart from its version. @throws Error if it has none */
export function readDesired(section: PropertyObject): Desired {
  const version = own(section, "$version");
  if (!Number.isSafeInteger(version)) throw new Error("the hub sent desired properties without a version");
  return { version: Number(version), values: without(section, (name) => name.startsWith("$")) };
}

/** The properties after a patch of the next version; undefined if others must have come between. */
export function followedBy(before: Desired, patch: Desired): Desired | undefined {
  if (patch.version !== before.version + 1) return undefined;
  return { version: patch.version, values: merge(before.values, patch.values) };
}

/**
 * The part of desired properties, or of a patch of them, that belongs to a component, or to the device itself.
 * @param components those that there are: what is named like one and is no object belongs to nobody
 */
export function partOf(
  values: PropertyObject,
  component: string | undefined,
  components: ReadonlySet<string>,
): PropertyObject {
  if (component === undefined)
    return without(values, (name) => components.has(name) || isComponent(own(values, name)));
  const part = own(values, component);
  return isMapping(part) ? without(part, (name) => name === "__t") : {};
}

/** Names of components that are meant by who wrote these properties. */
export const componentsIn = (values: PropertyObject): readonly string[] =>
  Object.keys(values).filter((name) => isComponent(own(values, name)));

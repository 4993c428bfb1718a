import { isMapping } from "../mapping.ts";
import { Unsayable } from "./unsayable.ts";

/** A part of a JSON Schema (2020-12) that says something; its values may be anything, as its author may have erred. */
export type Part = Readonly<Record<string, unknown>>;

export interface Resolved {
  readonly part: Part;
  /** The references that led here, and those around it. */
  readonly within: ReadonlySet<string>;
}

export const isPart = (value: unknown): value is Part => isMapping(value);

export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/**
 * Follows references within the document.
 * @param root the document
 * @throws Unsayable for one that leads elsewhere, nowhere, or round in a circle; and for what says nothing
 */
export function resolve(schema: unknown, root: unknown, within: ReadonlySet<string>): Resolved {
  if (!isPart(schema)) throw new Unsayable("it may be anything");
  const { $ref: reference, ...rest } = schema;
  if (reference === undefined) return { part: schema, within };
  if (typeof reference !== "string" || !/^#(?:\/|$)/.test(reference))
    throw new Unsayable(`it refers to ${JSON.stringify(reference)}, which is not in the same schema`);
  if (within.has(reference)) throw new Unsayable("it contains itself");
  const { part, within: inner } = resolve(at(root, reference), root, new Set([...within, reference]));
  return { part: { ...rest, ...part, ...describing(rest) }, within: inner };
}

/** What stands beside a reference says more than what is behind it. */
function describing({ title, description }: Part): Part {
  return { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
}

function at(root: unknown, reference: string): unknown {
  const names = unescaped(reference)
    .slice(1)
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  let found: unknown = root;
  for (const name of names) {
    const inner = typeof found === "object" && found !== null && Object.hasOwn(found, name);
    if (!inner) throw new Unsayable(`it refers to ${reference}, which is not there`);
    found = (found as Part)[name];
  }
  return found;
}

/** A reference is a part of a URL. */
function unescaped(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}

/** A schema without its null, and whether it had one: what is null in a twin is not there. */
export function withoutNull(part: Part): { readonly part: Part; readonly orNull: boolean } {
  const { type, enum: values, anyOf, oneOf } = part;
  if (Array.isArray(type) && type.includes("null")) {
    const others = type.filter((name) => name !== "null");
    const rest = Array.isArray(values) ? { enum: values.filter((value) => value !== null) } : {};
    if (others.length > 0)
      return { part: { ...part, ...rest, type: others.length === 1 ? others[0] : others }, orNull: true };
  }
  if (Array.isArray(values) && type === undefined && values.length > 1 && values.includes(null))
    return { part: { ...part, enum: values.filter((value) => value !== null) }, orNull: true };
  for (const [key, branches] of Object.entries({ anyOf, oneOf })) {
    if (!Array.isArray(branches) || type !== undefined) continue;
    const others = branches.filter((branch) => !isNull(branch));
    if (others.length === branches.length || others.length === 0) continue;
    const { [key]: _, ...rest } = part;
    const [only] = others;
    return {
      part:
        others.length === 1 && isPart(only) ? { ...only, ...describing(rest) } : { ...rest, [key]: others },
      orNull: true,
    };
  }
  return { part, orNull: false };
}

const isNull = (branch: unknown): boolean =>
  isPart(branch) && (branch.type === "null" || ("const" in branch && branch.const === null));

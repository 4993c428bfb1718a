import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { closest } from "../suggest.ts";
import { configKeys, type Key } from "./keys.ts";
import { type Given, type Source, shapeOf, showName } from "./problems.ts";

/** A configuration file that was parsed and holds a mapping. */
export interface ParsedFile {
  readonly document: Document.Parsed;
  readonly root: Node;
  /** Where in the file an offset is, for messages: name, line and column. */
  readonly place: (offset: number | undefined) => string;
  /** The folder that relative paths start from. */
  readonly base: string;
  /** The file's name in messages. */
  readonly origin: string;
}

/** Finds the keys of the schema in a file, and what is none. */
export function readKeys(file: ParsedFile): Source {
  const walk: Walk = { ...file, givens: [], problems: [] };
  visitGroup(walk, file.root, "");
  return walk;
}

interface Walk extends ParsedFile {
  readonly givens: Given[];
  readonly problems: string[];
}

function visitGroup(walk: Walk, group: Node, prefix: string): void {
  if (!isMap(group)) return;
  const keys = configKeys();
  for (const { key: keyNode, value: valueNode } of group.items) {
    const step = isScalar(keyNode) ? String(keyNode.value) : "";
    const name = `${prefix}${step}`;
    const keyPlace = walk.place((keyNode as Node).range?.[0]);
    // An alias without its anchor stays one, and is told as such when its value is wanted.
    const value = (isAlias(valueNode) && valueNode.resolve(walk.document)) || (valueNode as Node | null);
    // A step with a dot in it is no path: it is told as an unknown key.
    const key = step.includes(".") ? undefined : keys.find((candidate) => candidate.name === name);
    if (key) give(walk, { key, value, where: walk.place(value?.range?.[0] ?? (keyNode as Node).range?.[0]) });
    else if (!keys.some((candidate) => candidate.name.startsWith(`${name}.`))) {
      walk.problems.push(unknownKey(name, keyPlace, keys));
    } else if (isMap(value)) visitGroup(walk, value, `${name}.`);
    // A group whose keys are all commented out holds null.
    else if (value && !(isScalar(value) && value.value === null)) {
      const steps = keys.flatMap((each) =>
        each.name.startsWith(`${name}.`) ? [each.name.slice(name.length + 1)] : [],
      );
      const found = shapeOfNode(value);
      walk.problems.push(
        `${name}: ${walk.place(value.range?.[0])} has ${found}; expected a mapping. Its keys are ${steps.join(", ")}.`,
      );
    }
  }
}

function give(
  walk: Walk,
  { key, value, where }: { key: Key; value: Node | null | undefined; where: string },
): void {
  let written: unknown;
  try {
    written = value?.toJS(walk.document) ?? null;
  } catch {
    walk.problems.push(
      `${key.name}: ${where} has an alias (*name) without its anchor, or too many. Write the value out.`,
    );
    return;
  }
  walk.givens.push({ key, written, form: "data", base: walk.base, origin: walk.origin, where });
}

function unknownKey(name: string, where: string, keys: readonly Key[]): string {
  const names = keys.map((key) => key.name);
  if (names.includes(name)) {
    const steps = name.split(".");
    return `${name}: no such key (${where}). Write it as ${steps.pop()}, indented under ${steps.join(", then ")}.`;
  }
  const lastStep = (full: string) => full.slice(full.lastIndexOf(".") + 1).toLowerCase();
  const meant =
    names.find((known) => lastStep(known) === lastStep(name)) ??
    closest(name, [...names, ...new Set(names.map((known) => known.split(".")[0] ?? known))]);
  const groups = [...new Set(names.map((known) => known.split(".")[0]))].join(", ");
  return `${showName(name)}: no such key (${where}). ${meant ? `Did you mean ${meant}?` : `The groups are ${groups}.`}`;
}

/** What sort of value a node holds, telling nothing of its content. */
export function shapeOfNode(node: Node): string {
  return isScalar(node)
    ? shapeOf(node.value)
    : isSeq(node)
      ? "a list"
      : isMap(node)
        ? "a mapping"
        : "an alias";
}

import { modelNameOf } from "../rules/model-name.ts";
import { described, type EnumSchema, LIMITS } from "./dtdl.ts";

/** A value that may be, and what else its schema says of it. */
export interface Choice {
  readonly value: string | number;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}

const GREATEST_INTEGER = 2 ** 31 - 1;

/** Why these values can be no Enum; undefined if they can: some texts, or some whole numbers of four bytes. */
export function enumProblem(values: readonly unknown[]): string | undefined {
  const areTexts = values.every((value) => typeof value === "string");
  const areWhole = values.every(
    (value) => Number.isInteger(value) && Math.abs(Number(value)) <= GREATEST_INTEGER,
  );
  if (!areTexts && !areWhole) return "its values are neither all texts nor all whole numbers";
  if (values.length === 0) return "it has no values";
  return values.length > LIMITS.enumValues ? `it has more than ${LIMITS.enumValues} values` : undefined;
}

/** @param choices of which `enumProblem` knows nothing bad; each value once */
export function enumSchema(choices: readonly Choice[]): EnumSchema {
  const taken = new Set<string>();
  const enumValues = choices.map(({ value, title, description }) => {
    const name = freeName(nameOfValue(value), taken);
    taken.add(name);
    return { name, enumValue: value, ...described({ displayName: title, description }) };
  });
  const valueSchema = typeof choices[0]?.value === "number" ? "integer" : "string";
  return { "@type": "Enum", valueSchema, enumValues };
}

/** What is written is the value, so the name may be any that tells which it is. */
function nameOfValue(value: string | number): string {
  const text = typeof value === "number" ? `${value < 0 ? "minus" : "n"}${Math.abs(value)}` : value;
  return modelNameOf(text).slice(0, LIMITS.name).replace(/_+$/, "");
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 2, name = wanted; ; number += 1) {
    if (!taken.has(name)) return name;
    const suffix = `_${number}`;
    name = `${wanted.slice(0, LIMITS.name - suffix.length)}${suffix}`;
  }
}

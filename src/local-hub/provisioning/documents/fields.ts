import type { JsonObject } from "../../twins/twins.ts";

/** What is wrong in a document; never with the value, which may be a key. */
export interface Problem {
  /** `enrollments[0].attestation.type`; empty for the document itself. */
  path: string;
  /** `a string`, or whatever else belongs there. */
  expected: string;
}

/** What a text must be. */
export interface TextRule {
  expected: string;
  pattern?: RegExp;
  fits?: (text: string) => boolean;
}

/**
 * The fields of one object of a document. What is null counts as absent, as services write it for everything that they do
 * not have; what is wrong counts as absent too, and is told.
 */
export interface Fields {
  readonly path: string;
  text(name: string, rule?: TextRule): string | undefined;
  texts(name: string, rule: TextRule): string[] | undefined;
  flag(name: string): boolean | undefined;
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined;
  /** The fields of an object in it. */
  object(name: string): Fields | undefined;
  /** An object of whatever content. */
  mapping(name: string): JsonObject | undefined;
  /** The elements of an array. */
  list(name: string): readonly unknown[] | undefined;
  has(name: string): boolean;
  /** Tells of a field, or of the whole object if it has no name. */
  wrong(name: string, expected: string): void;
  /** Tells of every field that has another name. */
  only(names: readonly string[]): void;
}

/** The fields of `value`; undefined, and told, if it is no object. */
export function readFields(
  value: unknown,
  options: { path: string; problems: Problem[] },
): Fields | undefined {
  const { path, problems } = options;
  if (!isMapping(value)) {
    problems.push({ path, expected: "an object" });
    return undefined;
  }
  const at = (name: string) => [path, name].filter((part) => part !== "").join(".");
  const wrong = (name: string, expected: string) => {
    problems.push({ path: at(name), expected });
    return undefined;
  };

  function given<Kind>(
    name: string,
    is: (field: unknown) => field is Kind,
    expected: string,
  ): Kind | undefined {
    const field = Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (field === undefined || field === null) return undefined;
    return is(field) ? field : wrong(name, expected);
  }

  return {
    path,
    wrong,
    text(name, rule = { expected: "a string" }) {
      return given(name, (field): field is string => fitsRule(field, rule), rule.expected);
    },
    texts(name, rule) {
      const all = (field: unknown): field is string[] =>
        Array.isArray(field) && field.every((element) => fitsRule(element, rule));
      return given(name, all, `a list, each of it ${rule.expected}`);
    },
    flag: (name) => given(name, (field) => typeof field === "boolean", "true or false"),
    choice<Choice extends string>(name: string, choices: readonly Choice[]) {
      const one = (field: unknown): field is Choice => choices.some((choice) => choice === field);
      return given(name, one, `one of ${choices.join(", ")}`);
    },
    object(name) {
      const found = given(name, isMapping, "an object");
      return found && readFields(found, { path: at(name), problems });
    },
    mapping: (name) => given(name, isMapping, "an object") as JsonObject | undefined,
    list: (name) => given(name, (field): field is unknown[] => Array.isArray(field), "a list"),
    has: (name) => given(name, (field): field is unknown => true, "") !== undefined,
    only(names) {
      for (const name of Object.keys(value)) {
        if (!names.includes(name)) wrong(name, `one of the fields ${names.join(", ")} in its place`);
      }
    },
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fitsRule(value: unknown, { pattern, fits }: TextRule): value is string {
  if (typeof value !== "string") return false;
  return (pattern === undefined || pattern.test(value)) && (fits === undefined || fits(value));
}

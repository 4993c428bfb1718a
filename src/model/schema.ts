import { described, isName, LIMITS, type Named, type Primitive, type Schema } from "./dtdl.ts";
import { type Choice, enumProblem, enumSchema } from "./enum.ts";
import { isPart, type Part, resolve, textOf, withoutNull } from "./json-schema.ts";
import { Unsayable } from "./unsayable.ts";

export interface SayOptions {
  /** A property holds no arrays, wherever in it (DTDL v2, "Property"). */
  readonly arrays: boolean;
  /**
   * Whether it is somebody else who has to send this. Then what must be there must be said, or what fits the model would be
   * refused; of what we send ourselves, the rest is true without it.
   */
  readonly given: boolean;
  /** What its references lead into; the schema itself unless given. */
  readonly root?: unknown;
}

/** A JSON Schema in the words of DTDL. */
export interface Said {
  readonly schema: Schema;
  /** What is left out of it, and why. */
  readonly leftOut: readonly string[];
  /** What else is true of it, and has no words in DTDL. */
  readonly remarks: readonly string[];
}

interface Context extends SayOptions {
  readonly within: ReadonlySet<string>;
  /** Complex schemas around this one. */
  readonly depth: number;
  /** Where it is in the whole: `.pump.litres`. */
  readonly place: string;
  readonly leftOut: string[];
  readonly remarks: string[];
}

/**
 * Says in DTDL what a JSON Schema says of the form of a value. Bounds and patterns have no words there; what has none at all
 * is left out, if it may be.
 * @throws Unsayable if nothing true is left to be said
 */
export function say(schema: unknown, options: SayOptions): Said {
  const leftOut: string[] = [];
  const remarks: string[] = [];
  const context = {
    root: schema,
    ...options,
    within: new Set<string>(),
    depth: 0,
    place: "",
    leftOut,
    remarks,
  };
  return { schema: sayPart(schema, context), leftOut, remarks };
}

function sayPart(given: unknown, outer: Context): Schema {
  const { part: full, within } = resolve(given, outer.root, outer.within);
  const { part, orNull } = withoutNull(full);
  const context = { ...outer, within };
  if (orNull) context.remarks.push(`${inWords(context)}may be null, too`);
  if (part.$ref !== undefined) return sayPart(part, context);
  const { type } = part;
  const choices = choicesOf(part);
  if (choices !== undefined) return sayChoices(choices, deeper(context));
  if (Array.isArray(type)) throw new Unsayable("it has more than one type");
  switch (type) {
    case "string":
      return formatOf(part.format);
    case "boolean":
      return "boolean";
    case "number":
      return "double";
    case "integer":
      return wholeNumber(part);
    case "object":
      return sayObject(part, deeper(context));
    case "array":
      return sayArray(part, deeper(context));
    default:
      throw new Unsayable(
        type === undefined ? "its schema names no type" : `it is of the type ${JSON.stringify(type)}`,
      );
  }
}

const FORMATS: Readonly<Record<string, Primitive>> = {
  date: "date",
  "date-time": "dateTime",
  time: "time",
  duration: "duration",
};

const formatOf = (format: unknown): Primitive =>
  typeof format === "string" && Object.hasOwn(FORMATS, format) ? (FORMATS[format] ?? "string") : "string";

/** Four bytes if its bounds say so, else eight. */
function wholeNumber({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Part): Primitive {
  const least = Math.max(...[minimum, exclusiveMinimum].filter((bound) => typeof bound === "number"));
  const most = Math.min(...[maximum, exclusiveMaximum].filter((bound) => typeof bound === "number"));
  return least >= -(2 ** 31) && most < 2 ** 31 ? "integer" : "long";
}

/** The few values that it may have, if its schema lists them; undefined if it does not. */
function choicesOf(part: Part): readonly Choice[] | undefined {
  const { type, enum: values, const: only, anyOf, oneOf } = part;
  if (typeof only === "string" || Number.isInteger(only)) return [{ value: only as string | number }];
  if (typeof only === "boolean" && type === undefined) return choicesOf({ enum: [only] });
  if (Array.isArray(values)) {
    // Both must be true of a value.
    const fitting = type === "string" ? values.filter((value) => typeof value === "string") : values;
    return [...new Set(fitting)].map((value) => ({ value }));
  }
  for (const branches of [anyOf, oneOf]) {
    if (!Array.isArray(branches) || branches.length === 0) continue;
    if (!branches.every((branch) => isPart(branch) && "const" in branch)) continue;
    const named = (branches as Part[]).map(({ const: value, title, description }): [unknown, Choice] => [
      value,
      { value: value as string | number, title: textOf(title), description: textOf(description) },
    ]);
    return [...new Map(named).values()];
  }
  return undefined;
}

function sayChoices(choices: readonly Choice[], context: Context): Schema {
  const values = choices.map(({ value }) => value as unknown);
  if (values.length > 0 && values.every((value) => typeof value === "boolean")) return "boolean";
  const problem = enumProblem(values);
  if (problem !== undefined) throw new Unsayable(problem);
  checkDepth(context);
  return enumSchema(choices);
}

function sayArray({ items, prefixItems }: Part, context: Context): Schema {
  if (!context.arrays) throw new Unsayable("properties hold no arrays in DTDL v2");
  checkDepth(context);
  if (prefixItems !== undefined) throw new Unsayable("its items differ by their place");
  return { "@type": "Array", elementSchema: sayPart(items, { ...context, place: `${context.place}[]` }) };
}

function sayObject(part: Part, context: Context): Schema {
  checkDepth(context);
  const { properties, additionalProperties: others, patternProperties } = part;
  const named = isPart(properties) ? Object.entries(properties) : [];
  if (patternProperties !== undefined) context.leftOut.push(`${inWords(context)}names by pattern`);
  if (named.length > 0) {
    if (isPart(others)) context.leftOut.push(`${inWords(context)}further names`);
    return { "@type": "Object", fields: fieldsOf(named, part, context) };
  }
  if (!isPart(others)) throw new Unsayable("it is an object of which no names are known");
  const schema = sayPart(others, { ...context, place: `${context.place}.*` });
  const name = "value";
  const value: Named = { name, schema, ...namedBy(others) };
  return { "@type": "Map", mapKey: { name: "name", schema: "string" }, mapValue: value };
}

function fieldsOf(named: readonly [string, unknown][], part: Part, context: Context): readonly Named[] {
  const required = new Set(Array.isArray(part.required) ? part.required : []);
  const fields: Named[] = [];
  // What must be there comes first: there is not room for all.
  for (const [name, schema] of named.toSorted(
    ([a], [b]) => Number(required.has(b)) - Number(required.has(a)),
  )) {
    try {
      if (!isName(name)) throw new Unsayable("DTDL has no such names");
      if (fields.length >= LIMITS.fields) throw new Unsayable(`DTDL has ${LIMITS.fields} fields at most`);
      fields.push({
        name,
        schema: sayPart(schema, { ...context, place: `${context.place}.${name}` }),
        ...namedBy(schema),
      });
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      const told = `${`${context.place}.${name}`.slice(1)}: ${error.message}`;
      if (context.given && required.has(name)) throw new Unsayable(`it needs ${told}`);
      context.leftOut.push(told);
    }
  }
  if (fields.length === 0) throw new Unsayable("nothing of it can be said in DTDL");
  return fields;
}

/** Title and description of what a schema describes. */
export function namedBy(schema: unknown) {
  const { title, description } = isPart(schema) ? schema : {};
  return described({ displayName: textOf(title), description: textOf(description) });
}

const deeper = (context: Context): Context => ({ ...context, depth: context.depth + 1 });

function checkDepth({ depth }: Context): void {
  if (depth > LIMITS.depth) throw new Unsayable(`it is nested more than ${LIMITS.depth} deep`);
}

const inWords = ({ place }: Context): string => (place === "" ? "" : `${place.slice(1)}: `);

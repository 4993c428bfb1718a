/** A function of the language: how many operands it takes, and what it makes of them; undefined is a value among others. */
interface QueryFunction {
  operands: number;
  /** It asks about a property, not about a value. */
  ofProperty?: true;
  apply: (first: unknown, second: unknown) => boolean | undefined;
}

/**
 * The functions in conditions on twins and jobs. "IoT Hub query language" documents IS_DEFINED alone, and the others for
 * routes. Those of them are here that Digital Twins' keywords name, a list with IoT Hub's collections in it. That STARTSWITH
 * works on twins, and STARTS_WITH and CONTAINS do not, users found (MicrosoftDocs/azure-docs, issues 105649 and 110329).
 */
const FUNCTIONS = {
  IS_DEFINED: { operands: 1, ofProperty: true, apply: (value) => value !== undefined },
  IS_NULL: { operands: 1, apply: (value) => value === null },
  IS_BOOL: { operands: 1, apply: (value) => typeof value === "boolean" },
  IS_NUMBER: { operands: 1, apply: (value) => typeof value === "number" },
  IS_STRING: { operands: 1, apply: (value) => typeof value === "string" },
  IS_PRIMITIVE: { operands: 1, apply: isPrimitive },
  IS_OBJECT: {
    operands: 1,
    apply: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  },
  STARTSWITH: { operands: 2, apply: ofStrings((text, part) => text.startsWith(part)) },
  ENDSWITH: { operands: 2, apply: ofStrings((text, part) => text.endsWith(part)) },
} as const satisfies Record<string, QueryFunction>;

export type FunctionName = keyof typeof FUNCTIONS;

export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as FunctionName[];

export function queryFunction(name: FunctionName): QueryFunction {
  return FUNCTIONS[name];
}

/** A value that can be compared: a string, a number, a boolean or null. */
export function isPrimitive(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function ofStrings(test: (text: string, part: string) => boolean): QueryFunction["apply"] {
  return (text, part) =>
    typeof text === "string" && typeof part === "string" ? test(text, part) : undefined;
}

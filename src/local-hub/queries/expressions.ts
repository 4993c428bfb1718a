import type { FunctionName } from "./functions.ts";
import type { Path } from "./paths.ts";

export type Primitive = string | number | boolean | null;
export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/**
 * A parsed expression. What may be long in a query (AND, OR, sums) is a list here and no tree, so that only parentheses,
 * calls and NOT make it deep.
 */
export type Expression =
  | { kind: "constant"; value: Primitive | undefined }
  | { kind: "property"; path: Path }
  | { kind: "all" | "any"; conditions: Expression[] }
  | { kind: "not"; condition: Expression }
  | { kind: "comparison"; operator: ComparisonOperator; left: Expression; right: Expression }
  | { kind: "membership"; value: Expression; list: readonly Primitive[]; negated: boolean }
  | {
      kind: "arithmetic";
      first: Expression;
      steps: { operator: ArithmeticOperator; operand: Expression }[];
    }
  | { kind: "call"; name: FunctionName; operands: Expression[] };

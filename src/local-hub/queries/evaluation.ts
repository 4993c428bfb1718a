import type { ArithmeticOperator, ComparisonOperator, Expression, Primitive } from "./expressions.ts";
import { isPrimitive, queryFunction } from "./functions.ts";
import { valueAt } from "./paths.ts";

/** What an expression is for a document; undefined where it has no value. */
type Evaluate = (document: unknown) => unknown;

/**
 * Whether a document fits a condition: only if this is exactly true ("IoT Hub query language"). What has no value, such as a
 * comparison with a property that is not there, makes AND, OR and NOT undefined too unless the other side decides: that
 * page does not say, so this is as in Azure's document store (learn.microsoft.com, "Azure Cosmos DB for NoSQL: operators").
 */
export function toPredicate(condition: Expression): (document: unknown) => boolean {
  const evaluate = compile(condition);
  return (document) => evaluate(document) === true;
}

function compile(expression: Expression): Evaluate {
  switch (expression.kind) {
    case "constant":
      return () => expression.value;
    case "property":
      return (document) => valueAt(document, expression.path);
    case "all":
      return decidedBy(false, expression.conditions.map(compile));
    case "any":
      return decidedBy(true, expression.conditions.map(compile));
    case "not": {
      const condition = compile(expression.condition);
      return (document) => not(condition(document));
    }
    case "comparison": {
      const left = compile(expression.left);
      const right = compile(expression.right);
      return (document) => compare(expression.operator, left(document), right(document));
    }
    case "membership": {
      const value = compile(expression.value);
      const found = inList(new Set(expression.list));
      return expression.negated
        ? (document) => not(found(value(document)))
        : (document) => found(value(document));
    }
    case "arithmetic": {
      const first = compile(expression.first);
      const steps = expression.steps.map(({ operator, operand }) => ({
        operator,
        operand: compile(operand),
      }));
      return (document) =>
        steps.reduce<unknown>(
          (value, { operator, operand }) => calculate(operator, value, operand(document)),
          first(document),
        );
    }
    case "call": {
      const { apply } = queryFunction(expression.name);
      const [first, second] = expression.operands.map(compile);
      return (document) => apply(first?.(document), second?.(document));
    }
  }
}

/** AND is decided by one false, OR by one true; else what is no boolean makes it undefined. */
function decidedBy(decisive: boolean, conditions: readonly Evaluate[]): Evaluate {
  return (document) => {
    let outcome: boolean | undefined = !decisive;
    for (const condition of conditions) {
      const value = condition(document);
      if (value === decisive) return decisive;
      if (value !== !decisive) outcome = undefined;
    }
    return outcome;
  };
}

function not(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? !value : undefined;
}

/**
 * Only primitive values can be compared ("Queries for IoT Hub device and module twins"); those of different types are not
 * equal, and neither is before the other.
 */
function compare(operator: ComparisonOperator, left: unknown, right: unknown): boolean | undefined {
  if (!isPrimitive(left) || !isPrimitive(right)) return undefined;
  if (operator === "=") return left === right;
  if (operator === "!=") return left !== right;
  if (typeof left === "number" && typeof right === "number") return isOrdered(operator, left, right);
  if (typeof left === "string" && typeof right === "string") return isOrdered(operator, left, right);
  return undefined;
}

function isOrdered<T extends string | number>(operator: "<" | "<=" | ">" | ">=", left: T, right: T): boolean {
  if (operator === "<") return left < right;
  if (operator === "<=") return left <= right;
  return operator === ">" ? left > right : left >= right;
}

function inList(list: ReadonlySet<Primitive>): (value: unknown) => boolean | undefined {
  return (value) => (isPrimitive(value) ? list.has(value) : undefined);
}

/** Of numbers only; what is no number of JSON, such as a division by zero, is undefined. */
function calculate(operator: ArithmeticOperator, left: unknown, right: unknown): number | undefined {
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  const result = {
    "+": () => left + right,
    "-": () => left - right,
    "*": () => left * right,
    "/": () => left / right,
    "%": () => left % right,
  }[operator]();
  return Number.isFinite(result) ? result : undefined;
}

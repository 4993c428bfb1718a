import type { ArithmeticOperator, ComparisonOperator, Expression, Primitive } from "./expressions.ts";
import { FUNCTION_NAMES, queryFunction } from "./functions.ts";
import { type Path, readPath, type WrittenPath } from "./paths.ts";
import { queryError } from "./query-error.ts";
import type { TokenReader } from "./token-reader.ts";

/** How deep parentheses and NOT may go: far more than anybody writes, far less than the stack holds. */
const DEPTH_LIMIT = 64;

const COMPARISONS: Record<string, ComparisonOperator> = {
  "=": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

/**
 * Reads a condition: OR binds weakest, then AND, NOT, comparison and IN, sums, products (learn.microsoft.com, "IoT Hub query
 * language", gives the operators; their order is SQL's). `resolve` finds a written path's place in the documents.
 *
 * @throws HubError ArgumentInvalid
 */
export function readCondition(reader: TokenReader, resolve: (path: WrittenPath) => Path): Expression {
  let depth = 0;
  return readAny();

  function readAny(): Expression {
    return joined("any", "OR", () => joined("all", "AND", readNot));
  }

  function joined(kind: "any" | "all", keyword: string, read: () => Expression): Expression {
    const first = read();
    if (!reader.isKeyword(keyword)) return first;
    const conditions = [first];
    while (reader.tookKeyword(keyword)) conditions.push(read());
    return { kind, conditions };
  }

  function readNot(): Expression {
    if (!reader.isKeyword("NOT")) return readComparison();
    return deeper(() => {
      reader.take();
      return { kind: "not", condition: readNot() };
    });
  }

  function readComparison(): Expression {
    const left = readSum();
    if (reader.tookKeyword("IN")) return membership(left, false);
    if (reader.tookKeyword("NIN")) return membership(left, true);
    const operator = reader.next.kind === "symbol" ? COMPARISONS[reader.next.text] : undefined;
    if (operator === undefined) return left;
    reader.take();
    return { kind: "comparison", operator, left, right: readSum() };
  }

  function membership(value: Expression, negated: boolean): Expression {
    reader.expectSymbol("[");
    const list = [readListed()];
    while (reader.tookSymbol(",")) list.push(readListed());
    reader.expectSymbol("]");
    return { kind: "membership", value, list, negated };
  }

  function readListed(): Primitive {
    const constant = readConstant();
    if (constant?.value === undefined) throw reader.unexpected("a string, a number, true, false or null");
    return constant.value;
  }

  function readSum(): Expression {
    return calculation(["+", "-"], () => calculation(["*", "/", "%"], readOperand));
  }

  function calculation(operators: readonly ArithmeticOperator[], read: () => Expression): Expression {
    const first = read();
    const steps: { operator: ArithmeticOperator; operand: Expression }[] = [];
    for (;;) {
      const operator = operators.find((symbol) => reader.tookSymbol(symbol));
      if (operator === undefined) break;
      steps.push({ operator, operand: read() });
    }
    return steps.length === 0 ? first : { kind: "arithmetic", first, steps };
  }

  function readOperand(): Expression {
    if (reader.isSymbol("(")) return deeper(readParenthesised);
    if (reader.next.kind === "word" && isOpening(reader.second)) return deeper(readCall);
    const constant = readConstant();
    if (constant !== undefined) return constant;
    if (reader.next.kind !== "word" && reader.next.kind !== "escaped") {
      throw reader.unexpected("a property, a constant or a function");
    }
    return { kind: "property", path: resolve(readPath(reader)) };
  }

  function readParenthesised(): Expression {
    reader.expectSymbol("(");
    const inner = readAny();
    reader.expectSymbol(")");
    return inner;
  }

  function readCall(): Expression {
    const name = FUNCTION_NAMES.find((known) => reader.tookKeyword(known));
    if (name === undefined) {
      throw reader.unexpected(`one of the functions on twins and jobs, ${FUNCTION_NAMES.join(", ")}`);
    }
    reader.expectSymbol("(");
    const { operands: count, ofProperty } = queryFunction(name);
    const operands: Expression[] = [];
    for (let index = 0; index < count; index += 1) {
      if (index > 0) reader.expectSymbol(",");
      operands.push(ofProperty ? { kind: "property", path: resolve(readPath(reader)) } : readAny());
    }
    reader.expectSymbol(")");
    return { kind: "call", name, operands };
  }

  function readConstant(): Extract<Expression, { kind: "constant" }> | undefined {
    if (reader.next.kind === "string") return { kind: "constant", value: reader.take().text };
    if (reader.next.kind === "number") return { kind: "constant", value: Number(reader.take().text) };
    if (reader.isSymbol("-") && reader.second.kind === "number") {
      reader.take();
      return { kind: "constant", value: -Number(reader.take().text) };
    }
    if (reader.tookKeyword("TRUE")) return { kind: "constant", value: true };
    if (reader.tookKeyword("FALSE")) return { kind: "constant", value: false };
    if (reader.tookKeyword("NULL")) return { kind: "constant", value: null };
    if (reader.tookKeyword("UNDEFINED")) return { kind: "constant", value: undefined };
    return undefined;
  }

  function deeper(read: () => Expression): Expression {
    depth += 1;
    if (depth > DEPTH_LIMIT) {
      throw queryError(reader.next.position, `more than ${DEPTH_LIMIT} conditions within each other`);
    }
    const expression = read();
    depth -= 1;
    return expression;
  }
}

function isOpening(token: { kind: string; text: string }): boolean {
  return token.kind === "symbol" && token.text === "(";
}

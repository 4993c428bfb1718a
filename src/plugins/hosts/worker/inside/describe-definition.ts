import { FUNCTION_MARK } from "../protocol.ts";

/** Deeper than any schema that a person writes; a circle ends here. */
const DEEPEST = 100;
/** More values than any plugin says of itself: the agent reads them in the thread that answers calls. */
const MOST = 50_000;
/** More text than any plugin says of itself. */
const LONGEST = 256 * 1024;

/**
 * A definition as data that can cross: functions become FUNCTION_MARK, and what is no data its type's name, so that the
 * agent's checker finds fault with the same places as with the definition itself.
 * @throws Error for what cannot be read, never ends, or is too large
 */
export function describeDefinition(definition: unknown): unknown {
  let values = 0;
  let length = 0;

  function text(value: string): string {
    length += value.length;
    if (length > LONGEST) throw new Error(`its definition has more than ${LONGEST} characters`);
    return value;
  }

  function describe(value: unknown, depth: number): unknown {
    values += 1;
    if (values > MOST) throw new Error(`its definition has more than ${MOST} values`);
    if (depth > DEEPEST) throw new Error("its definition is nested too deep, or in a circle");
    if (typeof value === "function") return FUNCTION_MARK;
    if (typeof value === "symbol" || typeof value === "bigint") return String(value);
    if (typeof value === "string") return text(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => describe(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [text(key), describe(item, depth + 1)]),
    );
  }

  return describe(definition, 0);
}

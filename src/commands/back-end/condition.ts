import { HubhandError } from "../../errors.ts";

/** A query as the portal and Microsoft's pages have it, of devices or modules. */
const WHOLE = /^\s*SELECT\s[\s\S]*?\sFROM\s+[\w.]+(?:\s+WHERE\s+(?<condition>[\s\S]+))?$/i;

/**
 * Sees that `--query` is what stands behind WHERE, and no whole query: the rest of that, its columns and GROUP BY, would count
 * for nothing.
 * @throws HubhandError CALL_INVALID that says what to leave out
 */
export function checkCondition(written: string | undefined): void {
  if (written === undefined || !/^\s*(?:SELECT|WHERE)\s/i.test(written)) return;
  const condition = WHOLE.exec(written)?.groups?.condition;
  const isWhole = /^\s*SELECT/i.test(written);
  if (isWhole && condition === undefined) throw invalid("leave out all of it; '*' is for all devices");
  throw invalid(`leave out ${isWhole ? "SELECT … WHERE" : "WHERE"}, as in --query "tags.site = 'x'"`);
}

const invalid = (advice: string): HubhandError =>
  new HubhandError("CALL_INVALID", `--query takes what stands behind WHERE, and no whole query: ${advice}.`);

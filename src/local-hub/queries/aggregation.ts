import { HubError } from "../hub-error.ts";
import { isPrimitive } from "./functions.ts";
import { type Path, valueAt } from "./paths.ts";
import type { AggregateName, Column } from "./statement-parser.ts";

/** Documents of one value; `key` tells the values of all types apart, and is "" for those that have none. */
interface Group {
  key: string;
  value: unknown;
  documents: unknown[];
}

/**
 * One row a group, or one of all documents without `groupBy`, even of none.
 *
 * @throws HubError ArgumentInvalid if a document has an object or array where groups are made: they cannot be compared
 */
export function aggregate(
  documents: readonly unknown[],
  { columns, groupBy }: { columns: readonly Column[]; groupBy: Path | undefined },
): { key: string; item: Record<string, unknown> }[] {
  const groups =
    groupBy === undefined ? [{ key: "", value: undefined, documents }] : groupsOf(documents, groupBy);
  return groups.map(({ key, value, documents: members }) => {
    const cells = columns.map((column) => [
      column.name,
      column.kind === "property" ? value : aggregateOf(column.aggregate, members, column.path),
    ]);
    return { key, item: Object.fromEntries(cells.filter(([, cell]) => cell !== undefined)) };
  });
}

function groupsOf(documents: readonly unknown[], path: Path): Group[] {
  const groups = new Map<string, Group>();
  for (const document of documents) {
    const value = valueAt(document, path);
    if (value !== undefined && !isPrimitive(value)) {
      throw new HubError("ArgumentInvalid", "the query groups by a property that is an object or array");
    }
    const key = value === undefined ? "" : JSON.stringify(value);
    const group = groups.get(key) ?? { key, value, documents: [] };
    group.documents.push(document);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * Documents without the property do not count. Of anything but numbers there is no sum and no average, and no least or
 * greatest of what cannot be compared: the value is then undefined, and left out. IoT Hub's pages do not say, so this is as in
 * Azure's document store (learn.microsoft.com, "Azure Cosmos DB for NoSQL: SUM").
 */
function aggregateOf(name: AggregateName, documents: readonly unknown[], path: Path | undefined): unknown {
  if (path === undefined) return documents.length;
  const values = documents.map((document) => valueAt(document, path)).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length === values.length) return ofNumbers(name, numbers);
  const strings = values.filter((value) => typeof value === "string");
  if (strings.length !== values.length || name === "SUM" || name === "AVG") return undefined;
  return extreme(name, strings);
}

function ofNumbers(name: AggregateName, numbers: readonly number[]): number | undefined {
  if (name === "MIN" || name === "MAX") return extreme(name, numbers);
  const sum = numbers.reduce((total, number) => total + number, 0);
  const result = name === "SUM" ? sum : sum / numbers.length;
  return Number.isFinite(result) ? result : undefined;
}

function extreme<T extends string | number>(name: AggregateName, values: readonly T[]): T | undefined {
  return values.reduce<T | undefined>(
    (best, value) => (best === undefined || (name === "MIN" ? value < best : value > best) ? value : best),
    undefined,
  );
}

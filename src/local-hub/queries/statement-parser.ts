import { readCondition } from "./expression-parser.ts";
import type { Expression } from "./expressions.ts";
import { type Collection, isSamePath, type Path, pathWithin, readPath, type WrittenPath } from "./paths.ts";
import { queryError } from "./query-error.ts";
import type { TokenReader } from "./token-reader.ts";

const AGGREGATES = ["COUNT", "AVG", "SUM", "MIN", "MAX"] as const;
export type AggregateName = (typeof AGGREGATES)[number];

/** What a row shows under one name. */
export type Column =
  | { kind: "property"; name: string; path: Path }
  | { kind: "aggregate"; name: string; aggregate: AggregateName; path: Path | undefined };

export interface Statement {
  from: Collection;
  /** Undefined for `SELECT *`. */
  columns: Column[] | undefined;
  /** At most so many rows. */
  top: number;
  where: Expression | undefined;
  groupBy: Path | undefined;
}

interface WrittenColumn {
  position: number;
  path: WrittenPath | undefined;
  aggregate: AggregateName | undefined;
  alias: string | undefined;
}

/**
 * `SELECT [TOP n] <columns> FROM <collection> [WHERE <condition>] [GROUP BY <property>]`, to the end (learn.microsoft.com,
 * "IoT Hub query language"); what the page rules out of the service is refused here too.
 *
 * @throws HubError ArgumentInvalid
 */
export function readStatement(reader: TokenReader): Statement {
  reader.expectKeyword("SELECT");
  const top = reader.tookKeyword("TOP") ? readRowCount(reader) : Number.POSITIVE_INFINITY;
  const selectPosition = reader.next.position;
  const written = reader.tookSymbol("*") ? undefined : readColumns(reader);
  reader.expectKeyword("FROM");
  const from = readCollection(reader);
  const resolve = (path: WrittenPath) => pathWithin(from, path);
  const where = reader.tookKeyword("WHERE") ? readCondition(reader, resolve) : undefined;
  const groupPosition = reader.next.position;
  const groupBy = reader.tookKeyword("GROUP") ? readGroup(reader, resolve) : undefined;
  if (reader.isKeyword("ORDER")) throw queryError(reader.next.position, "IoT Hub has no ORDER BY");
  reader.expectEnd(where ? "AND, OR, an operator, GROUP BY or the end" : "WHERE, GROUP BY or the end");

  if (groupBy !== undefined && from !== "devices") {
    throw queryError(groupPosition, "GROUP BY is for device twins only");
  }
  if (written !== undefined && from === "devices.jobs") {
    throw queryError(selectPosition, "of devices.jobs only SELECT * can be had");
  }
  if (written === undefined && groupBy !== undefined) {
    throw queryError(selectPosition, "SELECT * has no GROUP BY");
  }
  const columns = written?.map((column) => toColumn(column, resolve));
  if (columns !== undefined) requireSense(columns, { groupBy, written: written ?? [] });
  return { from, columns, top, where, groupBy };
}

function readRowCount(reader: TokenReader): number {
  const count = reader.next.kind === "number" ? Number(reader.next.text) : 0;
  if (!Number.isSafeInteger(count) || count < 1) throw reader.unexpected("a whole number of rows, from 1");
  reader.take();
  return count;
}

function readColumns(reader: TokenReader): WrittenColumn[] {
  const columns = [readColumn(reader)];
  while (reader.tookSymbol(",")) columns.push(readColumn(reader));
  return columns;
}

function readColumn(reader: TokenReader): WrittenColumn {
  const { position } = reader.next;
  const isCall = reader.second.kind === "symbol" && reader.second.text === "(";
  const aggregate = isCall ? AGGREGATES.find((name) => reader.tookKeyword(name)) : undefined;
  if (isCall && aggregate === undefined) throw reader.unexpected(`a property or ${AGGREGATES.join(", ")}`);
  const path = aggregate === undefined ? readPath(reader) : readAggregated(reader, aggregate);
  const alias = reader.tookKeyword("AS") ? reader.expectName("a name for the column").text : undefined;
  if (aggregate !== undefined && alias === undefined) throw reader.unexpected("AS and a name for the column");
  return { position, path, aggregate, alias };
}

function readAggregated(reader: TokenReader, aggregate: AggregateName): WrittenPath | undefined {
  reader.expectSymbol("(");
  const path = aggregate === "COUNT" ? undefined : readPath(reader);
  reader.expectSymbol(")");
  return path;
}

function readCollection(reader: TokenReader): Collection {
  if (!reader.tookKeyword("DEVICES")) throw reader.unexpected("devices, devices.modules or devices.jobs");
  if (!reader.tookSymbol(".")) return "devices";
  if (reader.tookKeyword("MODULES")) return "devices.modules";
  if (reader.tookKeyword("JOBS")) return "devices.jobs";
  throw reader.unexpected("modules or jobs");
}

function readGroup(reader: TokenReader, resolve: (path: WrittenPath) => Path): Path {
  reader.expectKeyword("BY");
  const path = resolve(readPath(reader));
  if (reader.isSymbol(",")) throw queryError(reader.next.position, "GROUP BY takes one property");
  return path;
}

/** Without AS, a column has the name of its property: the last of the path. */
function toColumn({ path, aggregate, alias }: WrittenColumn, resolve: (path: WrittenPath) => Path): Column {
  const resolved = path === undefined ? undefined : resolve(path);
  const name = alias ?? resolved?.at(-1) ?? "";
  if (aggregate !== undefined) return { kind: "aggregate", name, aggregate, path: resolved };
  return { kind: "property", name, path: resolved ?? [name] };
}

/** Names that are one another's would hide a value; a property beside an aggregate must be the group's. */
function requireSense(
  columns: readonly Column[],
  { groupBy, written }: { groupBy: Path | undefined; written: readonly WrittenColumn[] },
): void {
  const isAggregated = groupBy !== undefined || columns.some(({ kind }) => kind === "aggregate");
  const names = new Set<string>();
  for (const [index, column] of columns.entries()) {
    const position = written[index]?.position ?? 1;
    if (names.has(column.name))
      throw queryError(position, "two columns have the same name; AS gives another");
    names.add(column.name);
    const isOfGroup =
      column.kind === "aggregate" || (groupBy !== undefined && isSamePath(column.path, groupBy));
    if (isAggregated && !isOfGroup) {
      throw queryError(position, "a property beside an aggregate must be that of GROUP BY");
    }
  }
}

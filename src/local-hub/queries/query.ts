import { aggregate } from "./aggregation.ts";
import { toPredicate } from "./evaluation.ts";
import { readCondition } from "./expression-parser.ts";
import { type Mark, type Page, pageOf, type Row } from "./pages.ts";
import { type Collection, pathWithin, valueAt } from "./paths.ts";
import { type Column, readStatement, type Statement } from "./statement-parser.ts";
import { createTokenReader } from "./token-reader.ts";

/**
 * A document that queries run over, as the service shows a twin: deviceId, moduleId, etag, status, tags, properties …; or a
 * job of a device: deviceId, jobId …. The ids tell the documents of a collection apart.
 */
export type QueryDocument = Readonly<Record<string, unknown>>;

/** The collections of a hub as they are now, in any order. */
export interface QuerySources {
  devices(): Iterable<QueryDocument>;
  modules(): Iterable<QueryDocument>;
  jobs(): Iterable<QueryDocument>;
}

export interface ParsedQuery {
  readonly from: Collection;
  /** What the rows are, as the SDKs name it: whole documents, or what the query makes of them. */
  readonly itemType: "twin" | "deviceJob" | "raw";
  /** All rows, in the order of their ids. @throws HubError ArgumentInvalid if it groups by what cannot be compared */
  run(sources: QuerySources): unknown[];
  /** The rows behind `after` (all if absent), at most `limit`; see pageOf. @throws HubError as `run` */
  page(sources: QuerySources, options: { after?: Mark | undefined; limit: number }): Page;
}

/**
 * Reads a query of IoT Hub's language (learn.microsoft.com, "IoT Hub query language for device and module twins, jobs, and
 * message routing").
 *
 * @throws HubError ArgumentInvalid that says where, and what was expected
 */
export function parseQuery(text: string): ParsedQuery {
  const statement = readStatement(createTokenReader(text));
  const { from, columns, top } = statement;
  const fits = statement.where === undefined ? () => true : toPredicate(statement.where);
  const page: ParsedQuery["page"] = (sources, { after, limit }) => {
    const documents = [...collection(from, sources)].filter(fits);
    return pageOf(rowsOf(statement, documents), { after, limit, top });
  };
  return {
    from,
    itemType: columns !== undefined ? "raw" : from === "devices.jobs" ? "deviceJob" : "twin",
    run: (sources) => page(sources, { limit: Number.POSITIVE_INFINITY }).items,
    page,
  };
}

/**
 * Reads the condition on device twins of a job: what would stand behind WHERE, or `*` for all devices
 * (learn.microsoft.com, "Schedule jobs on multiple devices").
 *
 * @throws HubError ArgumentInvalid
 */
export function parseCondition(text: string): (document: QueryDocument) => boolean {
  const reader = createTokenReader(text);
  if (reader.tookSymbol("*")) {
    reader.expectEnd("the end");
    return () => true;
  }
  const condition = readCondition(reader, (path) => pathWithin("devices", path));
  reader.expectEnd("AND, OR, an operator or the end");
  return toPredicate(condition);
}

function collection(from: Collection, sources: QuerySources): Iterable<QueryDocument> {
  if (from === "devices") return sources.devices();
  return from === "devices.modules" ? sources.modules() : sources.jobs();
}

function rowsOf({ columns, groupBy }: Statement, documents: readonly QueryDocument[]): Iterable<Row> {
  if (columns === undefined) return documents.map((document) => ({ key: keyOf(document), item: document }));
  if (groupBy !== undefined || columns.some(({ kind }) => kind === "aggregate")) {
    return aggregate(documents, { columns, groupBy });
  }
  return documents.map((document) => ({ key: keyOf(document), item: project(document, columns) }));
}

/** What a document does not have is left out of its row. */
function project(document: QueryDocument, columns: readonly Column[]): Record<string, unknown> {
  const cells = columns.map(({ name, path }) => [name, path && valueAt(document, path)]);
  return Object.fromEntries(cells.filter(([, cell]) => cell !== undefined));
}

/** No id holds a NUL, so that no two documents have the same key. */
function keyOf({ deviceId, moduleId, jobId }: QueryDocument): string {
  return [deviceId, moduleId, jobId].map((id) => id ?? "").join("\u0000");
}

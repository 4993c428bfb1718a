import { cut } from "../../cut.ts";
import { PAGE_LIMIT, type ServiceClient } from "../../service/index.ts";
import type { VerbIo } from "../back-end/verb-io.ts";
import { safeJson, safeText } from "../terminal/safe-text.ts";
import { createTable } from "../terminal/table.ts";
import { createCounts } from "./counts.ts";
import { type DeviceRow, type ListQuery, listQuery, readDeviceRow } from "./device-row.ts";

export const SORT_KEYS = ["id", "state", "activity", "version"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface ListOptions extends ListQuery {
  readonly client: ServiceClient;
  readonly io: VerbIo;
  readonly json: boolean;
  readonly limit: number;
  /** The hub's own order if absent: rows are printed as they come. */
  readonly sort?: SortKey | undefined;
}

/** Prints devices or modules, a line each, and what they come to. @throws HubhandError as `ServiceClient.query` */
export async function listDevices(options: ListOptions): Promise<void> {
  const { io, json, modules, tags, limit, sort } = options;
  const table = createTable([
    modules ? "MODULE" : "DEVICE",
    "STATE",
    "LAST ACTIVITY",
    "VERSION",
    "REVISION",
    ...(tags ? ["TAGS"] : []),
  ]);
  const counts = createCounts();
  const print = (rows: readonly DeviceRow[]) => {
    for (const row of rows) counts.add(row);
    if (json) io.write(rows.map((row) => `${safeJson(row)}\n`).join(""));
    else if (rows.length > 0) io.write(table.rows(rows.map(cellsOf)));
  };
  // Sorted, all have to be there before the first can be printed; the hub's language knows no ORDER BY.
  if (sort === undefined) for await (const rows of upTo(limit, pagesOf(options))) print(rows);
  else print((await allOf(pagesOf(options))).sort(inOrder(sort)).slice(0, limit));
  if (json) return;
  const first = counts.all === limit ? " (no more were asked for: --limit)" : "";
  io.write(`${counts.all === 0 ? "" : "\n"}${counts.words(modules ? "module" : "device")}${first}\n`);
}

async function* pagesOf({ client, limit, sort, ...list }: ListOptions): AsyncGenerator<readonly DeviceRow[]> {
  const pageSize = sort === undefined ? Math.min(limit, PAGE_LIMIT) : PAGE_LIMIT;
  for await (const rows of client.query(listQuery(list), { pageSize })) {
    yield rows.map((row) => readDeviceRow(row, list));
  }
}

/** No page is asked for that is not shown. */
async function* upTo<Item>(
  limit: number,
  pages: AsyncIterable<readonly Item[]>,
): AsyncGenerator<readonly Item[]> {
  let left = limit;
  for await (const page of pages) {
    yield page.slice(0, left);
    left -= page.length;
    if (left <= 0) return;
  }
}

async function allOf<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const byId = (one: DeviceRow, other: DeviceRow) =>
  order(`${one.deviceId}/${one.moduleId ?? ""}`, `${other.deviceId}/${other.moduleId ?? ""}`);

const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** What was never active, or has no version, comes first: it is what one looks for. */
function inOrder(key: SortKey): (one: DeviceRow, other: DeviceRow) => number {
  if (key === "id") return byId;
  const of = { state: "state", activity: "lastActivity", version: "version" } as const;
  const field = of[key];
  return (one, other) =>
    (field === "version" ? byNumbers : order)(one[field] ?? "", other[field] ?? "") || byId(one, other);
}

/** 0.9.0 before 0.10.0. */
const { compare: byNumbers } = new Intl.Collator("en", { numeric: true });

/** A device may report whatever it likes, and a column is as wide as its widest cell. */
const VERSION_SHOWN = 40;

function cellsOf({ deviceId, moduleId, state, lastActivity, version, revision, tags }: DeviceRow): string[] {
  const name = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  const seen = lastActivity === null ? "never" : lastActivity.replace(/(?<=:\d\d)\.\d+/, "");
  const versions = [version, revision].map((told) => cut(told ?? "-", VERSION_SHOWN));
  const cells = [name, state, seen, ...versions].map(safeText);
  return tags === undefined ? cells : [...cells, safeJson(tags)];
}

/** A row of a result, and where it is in it: rows come in the order of their keys, and no two have the same. */
export interface Row {
  key: string;
  item: unknown;
}

/** How far a reader has come: the last key, and how many rows in all. */
export interface Mark {
  key: string;
  count: number;
}

export interface Page {
  items: unknown[];
  /** Undefined if this is the last page. */
  next: Mark | undefined;
}

/**
 * The rows behind the mark, at most `limit`, and at most `top` with those of the pages before. It goes by key, so a page is
 * right whatever came or went since the page before.
 */
export function pageOf(
  rows: Iterable<Row>,
  { after, limit, top }: { after: Mark | undefined; limit: number; top: number },
): Page {
  const count = after?.count ?? 0;
  const behind = [...rows].filter(({ key }) => after === undefined || key > after.key);
  behind.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  const left = Math.min(behind.length, top - count);
  const page = behind.slice(0, Math.max(0, Math.min(left, limit)));
  const last = page.at(-1);
  const next = last && page.length < left ? { key: last.key, count: count + page.length } : undefined;
  return { items: page.map(({ item }) => item), next };
}

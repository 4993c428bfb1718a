import { ProvisioningError } from "../provisioning-error.ts";
import { bodyFields, wrong } from "./bodies.ts";
import type { RestAnswer, RestRequest } from "./routing.ts";

/** How many results come at a time if the caller does not say, and at most. */
const USUAL_COUNT = 100;
const MOST = 1000;
const SELECT_ALL = /^\s*(?:\*|SELECT\s+\*(?:\s+FROM\s+(\w+))?)\s*;?\s*$/i;

/**
 * A page of the answer to a query. The service documents `SELECT * FROM …`, and no condition; its clients also write
 * `SELECT *` and `*`. The page after it begins behind the last id, whatever was added or removed meanwhile.
 *
 * @throws ProvisioningError bad-request
 */
export function answerQuery<Item>(
  request: RestRequest,
  options: {
    /** By id. */
    items: readonly Item[];
    idOf: (item: Item) => string;
    write: (item: Item) => unknown;
    /** What they are called in a query. */
    from: string;
    /** What the service calls them in the header x-ms-item-type. */
    itemType: string;
  },
): RestAnswer {
  const { items, idOf, write, from, itemType } = options;
  const { fields, problems } = bodyFields(request.body);
  const query = fields.text("query") ?? "";
  if (problems.length > 0) throw wrong(problems);
  const [matched, table = from] = SELECT_ALL.exec(query) ?? [];
  if (matched === undefined || table.toLowerCase() !== from.toLowerCase()) {
    throw new ProvisioningError(
      "bad-request",
      `the query is SELECT * FROM ${from}: this service knows no other`,
    );
  }
  const after = readContinuation(request.header("x-ms-continuation"));
  const count = readCount(request.header("x-ms-max-item-count"));
  const left = after === undefined ? items : items.filter((item) => idOf(item).toLowerCase() > after);
  const page = left.slice(0, count);
  const last = left.length > page.length ? page.at(-1) : undefined;
  return {
    status: 200,
    headers: {
      "x-ms-max-item-count": String(count),
      "x-ms-item-type": itemType,
      ...(last === undefined ? {} : { "x-ms-continuation": continuationAfter(idOf(last)) }),
    },
    body: page.map(write),
  };
}

function readCount(header: string | undefined): number {
  if (header === undefined) return USUAL_COUNT;
  const count = Number(header);
  if (!Number.isInteger(count) || count < 1) {
    throw new ProvisioningError("bad-request", "x-ms-max-item-count is a whole number from 1");
  }
  return Math.min(count, MOST);
}

function continuationAfter(id: string): string {
  return Buffer.from(JSON.stringify({ after: id.toLowerCase() })).toString("base64url");
}

function readContinuation(header: string | undefined): string | undefined {
  if (!header) return undefined;
  try {
    const { after } = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as { after: unknown };
    if (typeof after === "string") return after;
  } catch {
    // Told below.
  }
  throw new ProvisioningError("bad-request", "x-ms-continuation is not one of this service");
}

import iothub from "azure-iothub";
import { cut } from "../cut.ts";
import type { SendRequest } from "./requests.ts";

/** The most rows that the hub gives at once (learn.microsoft.com, "IoT Hub REST: Query - Get Twins"). */
export const PAGE_LIMIT = 1000;

/** As much of a query as a message shows. */
const SHOWN = 200;

export interface QueryOptions {
  /** Rows at once, at most `PAGE_LIMIT`; the hub may give fewer. */
  readonly pageSize?: number | undefined;
}

/**
 * Runs a query of IoT Hub's language, a page at a time: each is asked for when it is wanted. Rows are as the hub gives
 * them, read from JSON.
 */
export async function* queryPages(
  text: string,
  {
    send,
    answerMs,
    pageSize = PAGE_LIMIT,
  }: QueryOptions & { readonly send: SendRequest; readonly answerMs: number },
): AsyncGenerator<readonly Row[], void, void> {
  const subject = { purpose: "query", target: `query ${JSON.stringify(cut(text, SHOWN))}` } as const;
  let token: string | undefined;
  do {
    const after = token;
    const page = await send({ ...subject, answerMs }, async ({ config, rest }) => {
      const query = new iothub.Registry(config, rest).createQuery(text, pageSize);
      // The SDK's type knows a token as text alone, and takes none at the start.
      const { result } = await query.next(after as string);
      return { rows: readRows(result), next: query.continuationToken };
    });
    yield page.rows;
    token = page.next || undefined;
  } while (token !== undefined);
}

/** A row of a result. */
export type Row = Readonly<Record<string, unknown>>;

function readRows(result: unknown): readonly Row[] {
  if (!Array.isArray(result) || result.some((row) => typeof row !== "object" || row === null)) {
    throw new TypeError("the answer is no list of rows");
  }
  return result;
}

/**
 * A query of devices.
 * @param condition what stands behind WHERE; `*`, as jobs write it, and undefined are all
 */
export const devicesQuery = (
  columns: string,
  condition: string | undefined,
  from: "devices" | "devices.modules" = "devices",
): string => {
  const where = condition === undefined || condition.trim() === "*" ? "" : ` WHERE ${condition}`;
  return `SELECT ${columns} FROM ${from}${where}`;
};

/** Text in a query (learn.microsoft.com, "IoT Hub query language": `'` and `\` are written with a `\` before them). */
export const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { HubError } from "../hub-error.ts";
import type { Mark } from "../queries/pages.ts";

/** The headers that pages of results travel by (learn.microsoft.com, "IoT Hub REST: Query - Get Twins"). */
const CONTINUATION_HEADER = "x-ms-continuation";
const PAGE_SIZE_HEADER = "x-ms-max-item-count";

/** The default of `azure-iothub` ("Registry#createQuery"), and the most that Microsoft's page of the language promises. */
const PAGE_SIZE = 1000;

const SIGNATURE_BYTES = 16;

/** Continuation tokens: all that a next page needs is in them, so that nothing is kept of a query between its pages. */
export interface Continuations {
  /** What a request asks for. `about` is what its token must be of, such as the query. @throws HubError ArgumentInvalid */
  read(
    header: (name: string) => string | undefined,
    about: string,
  ): { after: Mark | undefined; limit: number };
  /** The headers of the answer; none on the last page. */
  write(next: Mark | undefined, about: string): Record<string, string>;
}

/** `key` signs the tokens, which hold for those who have the same key. */
export function createContinuations({ key = randomBytes(32) }: { key?: Buffer } = {}): Continuations {
  function sign(mark: Buffer, about: string): Buffer {
    const hmac = createHmac("sha256", key).update(`${mark.length}\n`).update(mark).update(about);
    return hmac.digest().subarray(0, SIGNATURE_BYTES);
  }

  function readToken(token: string, about: string): Mark {
    const bytes = Buffer.from(token, "base64url");
    const signature = bytes.subarray(0, SIGNATURE_BYTES);
    const mark = bytes.subarray(SIGNATURE_BYTES);
    // Base64 that is not as we write it would be read all the same.
    const isOurs = bytes.toString("base64url") === token && signature.length === SIGNATURE_BYTES;
    if (!isOurs || !timingSafeEqual(signature, sign(mark, about))) {
      throw new HubError("ArgumentInvalid", "the continuation token is not one of this query");
    }
    return JSON.parse(mark.toString("utf8")) as Mark;
  }

  return {
    read(header, about) {
      const token = header(CONTINUATION_HEADER);
      const after = token ? readToken(token, about) : undefined;
      return { after, limit: pageSizeOf(header(PAGE_SIZE_HEADER)) };
    },
    write(next, about) {
      if (next === undefined) return {};
      const mark = Buffer.from(JSON.stringify({ key: next.key, count: next.count }));
      return { [CONTINUATION_HEADER]: Buffer.concat([sign(mark, about), mark]).toString("base64url") };
    },
  };
}

/** "The service may use a different value if the value specified is not acceptable" (the same page). */
function pageSizeOf(text: string | undefined): number {
  const size = Number(text ?? PAGE_SIZE);
  return Number.isInteger(size) && size >= 1 ? Math.min(size, PAGE_SIZE) : PAGE_SIZE;
}

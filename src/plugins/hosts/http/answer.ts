import { cut } from "../../../cut.ts";
import { JsonText } from "../../../methods/json-text.ts";
import type { Answer } from "./post.ts";

const REDIRECTS = [301, 302, 303, 307, 308];
/** How much of what is no JSON is shown: enough to recognise an error page. */
const SHOWN = 80;

/**
 * The payload of an answer: JSON as it stands, or `null` if it is empty.
 * @throws Error saying what the service did instead, to go after its address
 */
export function payloadOf({ status, headers, body }: Answer): JsonText | null {
  if (REDIRECTS.includes(status))
    throw new Error(
      `answered ${status}, which leads elsewhere${placeOf(headers.location)}; redirects are not followed, so set url to the last place`,
    );
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    throw new Error(`answered in the encoding ${shown(encoding)}, which was not asked for`);
  if (body.length === 0) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    JSON.parse(text);
    return new JsonText(text);
  } catch (error) {
    const type = headers["content-type"] ?? "no content type";
    const what = `${status} and ${shown(type)}, which is not JSON`;
    throw new Error(`answered ${what}: ${startOf(body)}`, { cause: error });
  }
}

/** The start of a body on one line, in quotes. */
export function startOf(body: Buffer): string {
  // A letter of UTF-8 has four bytes at most.
  const text = body
    .toString("utf8", 0, SHOWN * 4)
    .replaceAll(/\s+/g, " ")
    .trim();
  return JSON.stringify(cut(text, SHOWN));
}

const shown = (text: string): string => cut(text, SHOWN);

/** Without its query, which may hold what is secret. */
function placeOf(location: string | undefined): string {
  const [place = ""] = location?.split(/[?#]/, 1) ?? [];
  return place === "" || place.includes("@") ? "" : ` (${shown(place)})`;
}

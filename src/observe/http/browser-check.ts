/** What a request tells of the page that made it. */
export interface Asked {
  readonly method: string;
  /** @param name in lower case */
  header(name: string): string | undefined;
}

/**
 * Whether a web page from elsewhere asks: by what browsers say of each request (W3C, "Fetch Metadata Request Headers"),
 * and by Origin for those to whom they do not say it, such as an agent without HTTPS that is not on their own machine.
 * To follow a link to the agent is no such request: the page that has the link learns nothing by it.
 */
export function isFromElsewhere({ method, header }: Asked): boolean {
  const site = header("sec-fetch-site");
  const isVisit = method === "GET" && header("sec-fetch-mode") === "navigate";
  if (site === "cross-site" || site === "same-site") return !isVisit;
  const origin = header("origin");
  return origin !== undefined && !isOwn(origin, header("host") ?? "");
}

function isOwn(origin: string, host: string): boolean {
  const from = URL.parse(origin);
  // As a URL of that scheme, since the usual port is left out where it is written, and may not be where it is meant.
  return from !== null && from.host !== "" && URL.parse(`${from.protocol}//${host}`)?.host === from.host;
}

/** The etag that a header If-Match names, without quotes; `*` for any, undefined if there is none. */
export function ifMatchOf(header: string | undefined): string | undefined {
  const etag = header?.trim();
  return etag ? etag.replace(/^(?:W\/)?"(.*)"$/, "$1") : undefined;
}

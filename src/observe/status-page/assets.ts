/** A file of the status page. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  readonly type: string;
  readonly etag: string;
}

const PLACEHOLDER = "<!doctype html><title>hubhand</title><p><a href=/api/status>/api/status</a>";

/** The file of that name; undefined if there is none. */
export async function readAsset(name: string): Promise<Asset | undefined> {
  if (name !== "index.html") return undefined;
  return { body: new TextEncoder().encode(PLACEHOLDER), type: "text/html; charset=utf-8", etag: '"0"' };
}

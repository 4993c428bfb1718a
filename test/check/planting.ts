import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { expect, it } from "vitest";
import type { CleanUp } from "../support/clean-up.ts";
import { type CheckedWith, checkWith, spokenBy } from "./support.ts";

export const OTHER_KEY = Buffer.alloc(32, 7).toString("base64");

/** A fault that is really there, and what is to be said of it. */
export interface Planted extends CheckedWith {
  /** Those that speak up; the first is looked at. */
  readonly says: Record<string, "fatal" | "warning">;
  readonly detail: RegExp;
  readonly remedy: RegExp;
}

/** Each fault is named by its checks, and no other blames something else. */
export function each(faults: Record<string, () => Promise<Planted> | Planted>): void {
  it.each(Object.entries(faults))("%s", async (_, plant) => {
    const { says, detail, remedy, ...options } = await plant();
    const checked = await checkWith(options);
    expect(spokenBy(checked)).toEqual(says);
    const [first = ""] = Object.keys(says);
    expect(checked.of(first)?.detail).toMatch(detail);
    expect(checked.of(first)?.remedy).toMatch(remedy);
    // What was not looked at says whose fault that is.
    for (const { because } of checked.results) {
      if (because !== undefined) expect(says).toHaveProperty(because);
    }
  });
}

/** The same device at other ports. */
export const at = (
  well: Record<string, string>,
  { mqtt, webSockets }: { mqtt: number; webSockets: number },
): Record<string, string> => ({
  ...well,
  HUBHAND_CONNECTION_STRING: (well.HUBHAND_CONNECTION_STRING ?? "").replace(
    /localhost:\d+/,
    `localhost:${mqtt}`,
  ),
  HUBHAND_LINK_WEB_SOCKET_PORT: String(webSockets),
});

/** Another device at the same ports. */
export const connecting = (well: Record<string, string>, connectionString: string) => ({
  ...well,
  HUBHAND_CONNECTION_STRING: connectionString,
});

/** Listens at any port of 127.0.0.1, which it resolves to. */
export async function listening(cleanUp: CleanUp, server: Server = createServer()): Promise<number> {
  server.listen(0, "127.0.0.1");
  cleanUp.add(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

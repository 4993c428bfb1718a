import { readFile } from "node:fs/promises";
import { isLoopback } from "../../loopback.ts";

/** What a name has for an address where it was blocked: this machine, or no machine at all. */
const NOWHERE = new Set(["0.0.0.0", "::", "::ffff:0.0.0.0"]);

/**
 * Why the addresses of a hub's name may not be the hub's: `hosts`, an entry of this machine's own says them; `nowhere`, they
 * lead back to this machine, as a DNS server that blocks names answers. Undefined if neither is so. Never rejects.
 */
export async function misleading(
  host: string,
  addresses: readonly string[],
  hostsFile = "/etc/hosts",
): Promise<"hosts" | "nowhere" | undefined> {
  if (isLoopback(host)) return undefined;
  const entries = await readFile(hostsFile, "utf8").catch(() => "");
  const isEntry = (line: string): boolean =>
    line.replace(/#.*/, "").toLowerCase().split(/\s+/).slice(1).includes(host.toLowerCase());
  if (entries.split("\n").some((line) => isEntry(line.trim()))) return "hosts";
  return addresses.every((address) => NOWHERE.has(address) || isLoopback(address)) ? "nowhere" : undefined;
}

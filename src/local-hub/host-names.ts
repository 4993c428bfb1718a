import { hostname } from "node:os";

/** The names a local hub always answers to; its certificate carries them too. */
export function allHostNames(extra: readonly string[]): string[] {
  const names = ["localhost", "127.0.0.1", "::1", hostname(), ...extra];
  return [...new Set(names.map((name) => name.trim().toLowerCase()).filter((name) => name !== ""))];
}

/** The host of `host`, `host:port`, `[v6]:port` or a bare IPv6 address, in lower case. */
export function withoutPort(authority: string): string {
  const lower = authority.toLowerCase();
  if (lower.startsWith("["))
    return lower.slice(1, lower.indexOf("]") === -1 ? undefined : lower.indexOf("]"));
  const colon = lower.indexOf(":");
  const isBareIpv6 = colon !== -1 && lower.includes(":", colon + 1);
  return colon === -1 || isBareIpv6 ? lower : lower.slice(0, colon);
}

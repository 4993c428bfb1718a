import { hostname } from "node:os";
import { HubhandError } from "../../errors.ts";

/** What a certificate can carry: a DNS name, or an address. */
const NAME = /^[a-z0-9._-]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/;

/**
 * The names a local hub always answers to; its certificate carries them too.
 * @throws HubhandError CONFIG_INVALID if one of `extra` cannot be one
 */
export function allHostNames(extra: readonly string[]): string[] {
  const tidy = (names: readonly string[]) =>
    names.map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  const wrong = tidy(extra).find((name) => !NAME.test(name));
  if (wrong !== undefined) {
    const expected = "a name or an address, without a port or a scheme, such as hub.example.net";
    throw new HubhandError(
      "CONFIG_INVALID",
      `one of hostNames is ${JSON.stringify(wrong)}: it is ${expected}`,
    );
  }
  return [...new Set(tidy(["localhost", "127.0.0.1", "::1", hostname(), ...extra]))];
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

import { isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

/** The name or address of a Host header: one that a browser or a program would write, with or without a port. */
const HOST_HEADER = /^(?:\[([\da-f:.]+)\]|([\da-z_](?:[\da-z._-]*[\da-z_])?)\.?)(?::\d{1,5})?$/i;

export interface HostNamesOptions {
  /** The setting `observe.allowedHosts`: names, `*.` and a name for all below it, or `*` for any. */
  readonly allowed: readonly string[];
  /** Names of this machine, and what it listens on. */
  readonly own: readonly string[];
}

/**
 * Whether the agent may be asked under the name in a Host header. A web page can have a name of its own point to this
 * agent, and then read it as if it were its own server (DNS rebinding); but its requests carry that name. No such name
 * is an address, nor one without a dot.
 */
export function createHostCheck({ allowed, own }: HostNamesOptions): (header: string) => boolean {
  const names = new Set([...allowed, ...own.flatMap(namesOfMachine)].map(plain));
  const below = allowed.filter((name) => name.startsWith("*.")).map((name) => `.${plain(name.slice(2))}`);
  return (header) => {
    const [, inBrackets, written] = HOST_HEADER.exec(header) ?? [];
    if (inBrackets !== undefined) return isIPv6(inBrackets);
    if (written === undefined) return false;
    const name = written.toLowerCase();
    return (
      names.has("*") ||
      names.has(name) ||
      isIPv4(name) ||
      !name.includes(".") ||
      name.endsWith(".localhost") ||
      below.some((end) => name.endsWith(end))
    );
  };
}

/** `pi-12.example.com` is `pi-12.local` to those who ask around (mDNS). */
const namesOfMachine = (name: string): string[] => [name, `${name.split(".")[0]}.local`];

/** As it stands in a Host header. */
const plain = (name: string): string => (domainToASCII(name) || name).toLowerCase().replace(/\.$/, "");

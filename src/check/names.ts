import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Check, fatal, ok, skipped } from "./check.ts";
import type { Subject } from "./subject.ts";

export function namesCheck(subject: Subject): Check {
  return {
    id: "dns",
    description: "The hub's name",
    async run() {
      const { host } = await subject.target();
      const { transport, proxy } = subject.config().values.link;
      if (isIP(host) !== 0) return skipped(`${host} is an address`);
      if (proxy !== null && transport === "websockets") return skipped("the proxy looks it up");
      try {
        const found = await lookup(host, { all: true });
        return ok(`${host} is ${found.map(({ address }) => address).join(", ")}`);
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "it failed";
        return fatal(
          `${host} does not resolve (${code})`,
          "Check the name, and the DNS server of this machine (in a container, its own).",
        );
      }
    },
  };
}

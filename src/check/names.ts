import { type Check, fatal, ok, skipped } from "./check.ts";
import type { Subject } from "./subject.ts";

/** What getaddrinfo says when nobody answers, and ours when it took too long. */
const SILENT = new Set(["EAI_AGAIN", "ETIMEDOUT", "ETIMEOUT", "ESERVFAIL", "ECONNREFUSED"]);

export function namesCheck(subject: Subject): Check {
  return {
    id: "dns",
    description: "The hub's name",
    async run() {
      const { host } = await subject.target();
      const found = await (await subject.network()).name();
      if ("unasked" in found) return skipped(found.unasked);
      if ("addresses" in found) return ok(`${host} is ${found.addresses.join(", ")}`);
      const { code } = found;
      if (SILENT.has(code)) {
        return fatal(
          `no DNS server answers for ${host} (${code})`,
          "Is this machine online? Look at its DNS servers (/etc/resolv.conf; in a container, its own: docker run --dns), and that nothing blocks port 53.",
        );
      }
      return fatal(
        `${host} does not resolve (${code})`,
        "Check the name in the connection string (hub.provisioning.endpoint of a device that is provisioned) letter by letter, and that the hub still exists.",
      );
    },
  };
}

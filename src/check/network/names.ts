import { type Check, fatal, ok, skipped } from "../check.ts";
import type { Subject } from "../subject.ts";

/** What getaddrinfo says when nobody answers, and ours when it took too long. */
const SILENT = new Set(["EAI_AGAIN", "ETIMEDOUT", "ETIMEOUT", "ESERVFAIL", "ECONNREFUSED"]);

export function namesCheck(subject: Subject): Check {
  return {
    id: "dns",
    description: "The hub's name",
    async run() {
      const { host } = await subject.target();
      const network = await subject.network();
      const found = await network.name();
      if ("unasked" in found) return skipped(found.unasked);
      const misled = await network.misled();
      if (misled !== undefined)
        return fatal(
          `${host} is ${misled.addresses.join(", ")} ${misled.why === "hosts" ? "by an entry in /etc/hosts" : "here: this machine itself"}, where no hub answers`,
          misled.why === "hosts"
            ? "Remove that line of /etc/hosts (in a container: --add-host, extra_hosts), or correct its address. If it is right, the hub is down, or a firewall closes ports 8883 and 443 to it."
            : `Something blocks the name: the DNS server (Pi-hole and its like), or a filter of this network. Have the name allowed there; compare with another server: nslookup ${host} 1.1.1.1.`,
        );
      if ("addresses" in found) return ok(`${host} is ${found.addresses.join(", ")}`);
      const { code } = found;
      if (SILENT.has(code)) {
        return fatal(
          `no DNS server answers for ${host} (${code})`,
          "Is this machine online? Look at its DNS servers (/etc/resolv.conf; in a container, its own: docker run --dns), and that nothing blocks port 53.",
        );
      }
      const { gateway } = (await subject.someone()).identities.description;
      return fatal(
        `${host} does not resolve (${code})`,
        gateway === undefined
          ? "Check the name in the connection string (hub.provisioning.endpoint of a device that is provisioned) letter by letter, and that the hub still exists."
          : "Check the gateway's name (GatewayHostName in the connection string) letter by letter, and that this machine's DNS knows it.",
      );
    },
  };
}

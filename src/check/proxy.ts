import { once } from "node:events";
import { connect } from "node:net";
import { messageOf } from "../errors.ts";
import { type Check, fatal, ok, skipped, warning } from "./check.ts";
import type { Subject } from "./subject.ts";

export function proxyCheck(subject: Subject): Check {
  return {
    id: "proxy",
    description: "The proxy",
    async run(signal) {
      const { proxy, transport } = subject.config().values.link;
      if (proxy === null) return skipped("there is none");
      const { hostname, port, protocol, host } = new URL(proxy);
      if (transport === "mqtt")
        return warning(
          `${host} is not used`,
          "MQTT takes no proxy: set link.transport to auto or websockets.",
        );
      const usual = protocol === "https:" ? 443 : 80;
      const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || usual) });
      try {
        await once(socket, "connect", { signal });
        return ok(`${host} answers`);
      } catch (error) {
        return fatal(
          `${host} does not answer: ${messageOf(error)}`,
          "Check link.proxy, and that this machine reaches it.",
        );
      } finally {
        socket.destroy();
      }
    },
  };
}

import { once } from "node:events";
import { connect } from "node:net";
import { messageOf } from "../../errors.ts";
import { type Check, fatal, ok, skipped, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import { isOfProxy } from "./network.ts";

const REMEDIES: Readonly<Record<string, string>> = {
  "proxy-407": "Write user and password into link.proxy: http://user:password@host:port.",
  tls: "link.proxy begins with https://, and no TLS that counts is spoken there: most proxies are to be written with http://.",
  "proxy-403": "Have whoever runs the proxy allow CONNECT to that host and port.",
};

/** Whether the proxy answers, and leads to the hub. What is behind it is judged by the others. */
export function proxyCheck(subject: Subject): Check {
  return {
    id: "proxy",
    description: "The proxy",
    async run(signal) {
      const { proxy, transport } = subject.config().values.link;
      if (proxy === null) return skipped("there is none");
      const { host } = new URL(proxy);
      if (transport === "mqtt")
        return warning(
          `${host} is not used`,
          "MQTT takes no proxy: set link.transport to auto or websockets.",
        );
      const problem = await unreachable(proxy, signal);
      const isSpare = transport === "auto" && (await isOpen(subject));
      const bad = isSpare ? warning : fatal;
      if (problem !== undefined)
        return bad(
          `${host} does not answer: ${problem}`,
          "Check link.proxy (HTTPS_PROXY), and that this machine reaches it.",
        );
      const { failure } = await (await subject.network()).knock("websockets");
      if (failure === undefined || !isOfProxy(failure, proxy)) return ok(`${host} leads to the hub`);
      const remedy =
        REMEDIES[failure.class === "tls" ? "tls" : failure.reason] ??
        "Look at the proxy's own log: it answers, and the hub behind it does not.";
      return bad(`${host}: ${failure.message}`, remedy);
    },
  };
}

/** Whether MQTT's own port is open, which goes past the proxy. */
async function isOpen(subject: Subject): Promise<boolean> {
  const knocked = await (await subject.network()).knock("mqtt").catch(() => undefined);
  return knocked?.peer !== undefined;
}

async function unreachable(proxy: string, signal: AbortSignal): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(proxy);
  const usual = protocol === "https:" ? 443 : 80;
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || usual) });
  try {
    await once(socket, "connect", { signal: AbortSignal.any([signal, AbortSignal.timeout(PROXY_LIMIT_MS)]) });
    return undefined;
  } catch (error) {
    return error instanceof Error && error.name === "AbortError" ? "it is silent" : messageOf(error);
  } finally {
    socket.destroy();
  }
}

const PROXY_LIMIT_MS = 5_000;

import type { Way } from "../../link/dialing.ts";
import type { Failure } from "../../link/failure.ts";
import { isLoopback } from "../../loopback.ts";
import { after, type Check, fatal, ok, skipped, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import { isOfProxy, WAYS } from "./network.ts";

/** One check a way: whether its port answers with TLS. Whose certificate that shows is for `tls`. */
export function wayChecks(subject: Subject): Check[] {
  return WAYS.map((way) => wayCheck(subject, way));
}

function wayCheck(subject: Subject, way: Way): Check {
  return {
    id: way,
    description: way === "mqtt" ? "MQTT over TLS" : "MQTT over WebSockets",
    async run() {
      const { transport, proxy } = subject.config().values.link;
      const network = await subject.network();
      if (!network.chosen(way)) return skipped(`link.transport is ${transport}`);
      const { peer, failure } = await network.knock(way);
      const where = await whereTo(subject, way);
      const refused = way === "websockets" && peer !== undefined ? await network.refusedUpgrade() : undefined;
      if (refused !== undefined) {
        const isSpare = await isOpen(subject, "mqtt");
        return (isSpare ? warning : fatal)(
          `${where} speaks HTTPS, and opens no WebSocket (${refused})`,
          NO_SOCKETS,
        );
      }
      if (peer !== undefined) return ok(`${where} answers with ${peer.protocol}`);
      if (await network.misled()) throw after("dns");
      // Where a proxy is the way out, that MQTT's own port is closed is how it should be.
      if (proxy !== null && network.chosen("websockets")) {
        const beyond = (await network.knock("websockets")).failure;
        if (beyond !== undefined && isOfProxy(beyond, proxy)) throw after("proxy");
      }
      const isSpare = await isOpen(subject, way === "mqtt" ? "websockets" : "mqtt");
      return (isSpare ? warning : fatal)(
        failure.message,
        remedyFor(failure, {
          way,
          transport,
          isSpare,
          isHere: isLoopback((await subject.target()).host),
        }),
      );
    },
  };
}

const NO_SOCKETS =
  "What stands between (a proxy, a firewall that looks into HTTPS) does not let WebSockets through: have it allow them for the hub, or open port 8883.";

/** Whether this way may be gone, and is open as far as it can be told. */
async function isOpen(subject: Subject, way: Way): Promise<boolean> {
  const network = await subject.network();
  if (!network.chosen(way)) return false;
  const knocked = await network.knock(way).catch(() => undefined);
  if (knocked?.peer === undefined) return false;
  return way === "mqtt" || (await network.refusedUpgrade()) === undefined;
}

interface Situation {
  readonly way: Way;
  readonly transport: string;
  /** The other way is open. */
  readonly isSpare: boolean;
  /** The hub is to be on this machine. */
  readonly isHere: boolean;
}

function remedyFor({ class: kind, reason }: Failure, { way, transport, isSpare, isHere }: Situation): string {
  if (isHere && !isSpare)
    return "That name is this machine itself, in a container the container: start the hub here, or give the name of the machine (or container) where it runs.";
  const port = way === "mqtt" ? "8883" : "443";
  if (kind === "tls")
    return `Something that is not the hub answers on port ${port}: a firewall or a portal of this network. Let the hub's name through.`;
  if (reason === "ENETUNREACH" || reason === "EHOSTUNREACH")
    return "This machine has no way out: look at its network (ip route; in a container, its network).";
  const open = `Have outgoing TCP ${port} to the hub opened`;
  if (isSpare) {
    const choice = way === "mqtt" ? "websockets" : "mqtt";
    return `hubhand goes the other way meanwhile. ${open}, or set link.transport to ${choice} to try no other.`;
  }
  if (transport === "mqtt")
    return `${open}, or let hubhand take WebSockets on port 443 (link.transport: auto).`;
  return way === "mqtt"
    ? `${open}, or 443: one of them is enough.`
    : `${open}, or set a proxy that leads there (link.proxy).`;
}

async function whereTo(subject: Subject, way: Way): Promise<string> {
  const { host, mqttPort, provisioning } = await subject.target();
  const port = way === "mqtt" ? mqttPort : subject.config().values.link.webSocketPort;
  const what = provisioning ? " (the provisioning service; the hub is not known yet)" : "";
  return `${host}:${port}${what}`;
}

import type { ClientRequest } from "node:http";
import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { HttpsProxyAgent as ProxyAgent } from "https-proxy-agent";

/** The ways to the hub: MQTT over TLS (port 8883), and MQTT over WebSockets over TLS (port 443). */
export type Way = "mqtt" | "websockets";

/** How a connection is made. */
export interface Dialing {
  readonly way: Way;
  /** The hub's port for WebSockets; 443 at Azure. */
  readonly webSocketPort: number;
  /** URL of an HTTP proxy that WebSockets go through, with its password if it has one: a secret. */
  readonly proxy?: string | undefined;
  /** From the first packet to the end of the login, in milliseconds. */
  readonly connectTimeout: number;
}

/** What one connection tells while it is made. */
export interface DialTaps {
  /** The other side has proved over TLS who it is. */
  secured(): void;
  /** Gives up what is not connected yet: while a proxy holds it back, mqtt.js has nothing to destroy. */
  readonly signal: AbortSignal;
}

/** What mqtt.js is told beside what the SDK tells it. */
export interface DialOptions {
  readonly uri: string;
  readonly options: { readonly connectTimeout: number; readonly wsOptions?: { readonly agent: Agent } };
}

/** Turns the SDK's `mqtts://host[:port]` into the way to go. */
export type Dialer = (uri: string, taps: DialTaps) => DialOptions;

type ConnectOptions = Parameters<ProxyAgent<string>["connect"]>[1];

/** The path is the same at the hub and at the provisioning service (IoT Hub developer guide, "MQTT over WebSockets"). */
export const WEB_SOCKET_PATH = "/$iothub/websocket";

/** Gets ready to dial: what a proxy needs is loaded only if there is one. */
export async function prepareDialer(dialing: Dialing): Promise<Dialer> {
  const { way, webSocketPort, proxy, connectTimeout } = dialing;
  if (way === "mqtt") return (uri) => ({ uri, options: { connectTimeout } });
  const agentFor = proxy === undefined ? directAgent : await proxyAgents(proxy);
  return (uri, taps) => ({
    uri: `wss://${new URL(uri).hostname}:${webSocketPort}${WEB_SOCKET_PATH}`,
    options: { connectTimeout, wsOptions: { agent: agentFor(taps) } },
  });
}

/** An agent for requests that go where WebSockets go; undefined for Node's own, if nothing stands between. */
export async function requestAgent(
  proxy: string | undefined,
  signal: AbortSignal,
): Promise<Agent | undefined> {
  return proxy === undefined ? undefined : (await proxyAgents(proxy))({ secured() {}, signal });
}

/** An agent for one connection, as nothing else tells when the TLS below a WebSocket stands. */
function directAgent({ secured }: DialTaps): Agent {
  return new (class extends Agent {
    override createConnection(...given: Parameters<Agent["createConnection"]>): Duplex | null | undefined {
      const socket = super.createConnection(...given);
      socket?.once("secureConnect", secured);
      return socket;
    }
  })({ maxCachedSessions: 0 } satisfies AgentOptions);
}

async function proxyAgents(proxy: string): Promise<(taps: DialTaps) => Agent> {
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return ({ secured, signal }) => {
    class TappedProxyAgent extends HttpsProxyAgent<string> {
      override async connect(request: ClientRequest, options: ConnectOptions) {
        const socket = await super.connect(request, options);
        // What is no TLS socket replays the proxy's refusal.
        if (socket instanceof TLSSocket) socket.once("secureConnect", secured);
        if (signal.aborted) socket.destroy();
        return socket;
      }
    }
    return new TappedProxyAgent(proxy, { signal } as object) as unknown as Agent;
  };
}

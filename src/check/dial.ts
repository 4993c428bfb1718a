import { request } from "node:https";
import { isIP } from "node:net";
import { connect, TLSSocket } from "node:tls";
import { requestAgent, type Way } from "../link/dialing.ts";
import { classifyFailure } from "../link/failure.ts";

export interface DialRequest {
  readonly way: Way;
  readonly host: string;
  readonly port: number;
  /** PEM text of the authorities to trust; those of Node if absent. */
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
  readonly signal: AbortSignal;
}

/** How a connection went: what was agreed on, or why there is none, in words. */
export type Dialed = { readonly secured: string } | { readonly problem: string };

/** Opens a connection as the link would, up to the end of the TLS handshake, and closes it: no login, no token. */
export async function dial(asked: DialRequest): Promise<Dialed> {
  const { way, host, port, proxy, signal } = asked;
  const viaProxy = way === "websockets" && proxy !== undefined;
  try {
    return { secured: await (way === "mqtt" ? dialTls(asked) : dialHttps(asked)) };
  } catch (error) {
    const { message } = classifyFailure({
      phase: "dialing",
      address: `${host}:${port}`,
      viaProxy,
      ...(signal.aborted ? { timedOut: true } : { error }),
    });
    return { problem: message };
  }
}

function dialTls({ host, port, ca, signal }: DialRequest): Promise<string> {
  const secured = Promise.withResolvers<string>();
  const servername = isIP(host) === 0 ? host : "";
  const socket = connect({ host, port, servername, ...(ca === undefined ? {} : { ca }) });
  const abort = () => socket.destroy(new Error("it took too long"));
  signal.addEventListener("abort", abort);
  socket.once("secureConnect", () => secured.resolve(agreedOn(socket)));
  socket.once("error", secured.reject);
  socket.once("close", () => secured.reject(new Error("the connection was closed")));
  return secured.promise.finally(() => {
    signal.removeEventListener("abort", abort);
    socket.destroy();
  });
}

/** Whatever the hub answers to a request is no matter: it has proved who it is. */
async function dialHttps({ host, port, ca, proxy, signal }: DialRequest): Promise<string> {
  const secured = Promise.withResolvers<string>();
  const agent = (await requestAgent(proxy, signal)) ?? false;
  const trusted = ca === undefined ? {} : { ca };
  const asked = request({ host, port, method: "HEAD", path: "/", agent, signal, ...trusted }, (response) => {
    const { socket, statusCode } = response;
    if (socket instanceof TLSSocket) secured.resolve(agreedOn(socket));
    // Without TLS it is the proxy that answers; told in the words that the link knows.
    else secured.reject(new Error(`Unexpected server response: ${statusCode}`));
    response.destroy();
  });
  asked.once("error", secured.reject);
  asked.end();
  return secured.promise.finally(() => asked.destroy());
}

const agreedOn = (socket: TLSSocket): string => socket.getProtocol() ?? "TLS";

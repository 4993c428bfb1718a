import { request } from "node:https";
import { isIP } from "node:net";
import { connect, TLSSocket } from "node:tls";
import { requestAgent, type Way } from "../../link/dialing.ts";
import { classifyFailure, type Failure } from "../../link/failure.ts";

export interface Door {
  readonly way: Way;
  readonly host: string;
  readonly port: number;
  /** PEM text of the authorities to trust; those of Node if absent. */
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
  readonly signal: AbortSignal;
}

/** Who opened, as its certificate says: it may not be true. */
export interface Peer {
  readonly protocol: string;
  /** Node's or OpenSSL's word for what is wrong with the certificate; undefined if it is trusted. */
  readonly doubt: string | undefined;
  /** Of the one that signed its certificate, on one line. */
  readonly issuer: string;
  /** The names that it is for. */
  readonly names: string;
  readonly validFrom: string;
  readonly validTo: string;
  /** What it says the time is, in milliseconds since 1970. */
  readonly time?: number;
}

/** Who opened, or why nobody did. */
export type Knocked =
  | { readonly peer: Peer; readonly failure?: undefined }
  | { readonly peer?: undefined; readonly failure: Failure };

/**
 * Opens a connection as the link would, up to the end of the TLS handshake, and closes it: no login, no token. A certificate
 * that is not to be trusted is no reason to turn round: it is what tells who stands there. Never rejects.
 */
export async function knock(door: Door): Promise<Knocked> {
  const { way, host, port, proxy, signal } = door;
  const viaProxy = way === "websockets" && proxy !== undefined;
  try {
    return { peer: await (way === "mqtt" ? byTls(door) : byHttps(door)) };
  } catch (error) {
    return {
      failure: classifyFailure({
        phase: "dialing",
        address: `${host}:${port}`,
        viaProxy,
        ...(signal.aborted ? { timedOut: true } : { error }),
      }),
    };
  }
}

function byTls({ host, port, ca, signal }: Door): Promise<Peer> {
  const met = Promise.withResolvers<Peer>();
  const servername = isIP(host) === 0 ? host : "";
  const socket = connect({ host, port, servername, rejectUnauthorized: false, ...trusting(ca) });
  const abort = () => socket.destroy(new Error("it took too long"));
  signal.addEventListener("abort", abort);
  socket.once("secureConnect", () => met.resolve(peerOf(socket)));
  socket.once("error", met.reject);
  socket.once("close", () => met.reject(new Error("the connection was closed")));
  return met.promise.finally(() => {
    signal.removeEventListener("abort", abort);
    socket.destroy();
  });
}

/** Whatever the hub answers to a request, the answer has its time. */
async function byHttps({ host, port, ca, proxy, signal }: Door): Promise<Peer> {
  const met = Promise.withResolvers<Peer>();
  const agent = (await requestAgent(proxy, signal)) ?? false;
  const door = { host, port, method: "HEAD", path: "/", agent, signal, rejectUnauthorized: false };
  const asked = request({ ...door, ...trusting(ca) }, (response) => {
    const { socket, statusCode, headers } = response;
    const time = Date.parse(headers.date ?? "");
    if (socket instanceof TLSSocket)
      met.resolve({ ...peerOf(socket), ...(Number.isNaN(time) ? {} : { time }) });
    // Without TLS it is the proxy that answers; told in the words that the link knows.
    else met.reject(new Error(`Unexpected server response: ${statusCode}`));
    response.destroy();
  });
  asked.once("error", met.reject);
  asked.end();
  return met.promise.finally(() => asked.destroy());
}

const trusting = (ca: string | undefined) => (ca === undefined ? {} : { ca });

function peerOf(socket: TLSSocket): Peer {
  const certificate = socket.getPeerX509Certificate();
  const oneLine = (text = "") => text.replaceAll("\n", ", ");
  // A string, whatever the types say (lib/_tls_wrap.js: the error's code, or its message).
  const doubt = socket.authorized ? undefined : String(socket.authorizationError);
  return {
    protocol: socket.getProtocol() ?? "TLS",
    doubt,
    issuer: oneLine(certificate?.issuer),
    names: certificate?.subjectAltName ?? oneLine(certificate?.subject),
    validFrom: new Date(certificate?.validFrom ?? 0).toISOString(),
    validTo: new Date(certificate?.validTo ?? 0).toISOString(),
  };
}

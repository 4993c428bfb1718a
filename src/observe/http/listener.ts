import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Hono } from "hono";
import { SECOND } from "../../durations.ts";
import type { KeyPair } from "../../tls/key-pair.ts";
import { boundConnections } from "./connections.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** The status page has eight watchers at most, and two Prometheus are many: the rest is room. */
export const MOST_CONNECTIONS = 64;

/** Whoever is slower than this does not mean to be answered. */
const LIMITS: ServerOptions = {
  headersTimeout: 10 * SECOND,
  requestTimeout: 30 * SECOND,
  connectionsCheckingInterval: 5 * SECOND,
  // Longer than a scrape interval of a minute: a new connection is a new handshake of TLS.
  keepAliveTimeout: 75 * SECOND,
  insecureHTTPParser: false,
};
const HANDSHAKE_LIMIT_MS = 10 * SECOND;

export interface ListenerOptions {
  /** Asked for what answers with the first request; and with the next, if it could not be had. */
  openApp(): Promise<Hono>;
  /** Such as a file that is not there any more, as another version was laid over it. */
  onUnopened(error: unknown): void;
  /** HTTPS with it, HTTP without. */
  readonly keyPair: KeyPair | undefined;
}

export interface Listener {
  readonly server: Server | TlsServer;
  /** Resolves when nothing is left of it. */
  close(): Promise<void>;
}

/** The server itself, which does not listen yet: who is slow, sends what is no HTTP, or comes in numbers, is its concern. */
export async function createListener({ openApp, onUnopened, keyPair }: ListenerOptions): Promise<Listener> {
  let answer: Answer | undefined;
  let loading: Promise<Answer> | undefined;
  const server = keyPair === undefined ? createServer(LIMITS) : await createTlsServer(keyPair);
  const connections = boundConnections(server, MOST_CONNECTIONS);
  server.on("request", (incoming, outgoing) => {
    if (!connections.admit(incoming, outgoing)) return;
    for (const [name, value] of SECURITY_HEADERS) outgoing.setHeader(name, value);
    if (answer !== undefined) {
      void answer(incoming, outgoing);
      return;
    }
    loading ??= openApp().then(answerFor);
    void loading.then(
      (loaded) => {
        answer = loaded;
        return loaded(incoming, outgoing);
      },
      (error) => {
        loading = undefined;
        onUnopened(error);
        outgoing.writeHead(500).end();
      },
    );
  });
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.closeAll();
      }),
  };
}

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/**
 * Loaded when somebody first asks: what stands between Hono and Node takes Node's Request, Headers and Response, with which
 * Node loads all of its fetch. That is 40 ms and 4 MB, and an agent on its way to the hub has better use for them.
 */
async function answerFor(app: Hono): Promise<Answer> {
  const { getRequestListener, RequestError } = await import("@hono/node-server");
  return getRequestListener(app.fetch, {
    // Of requests that name no host: HTTP/1.0.
    hostname: "localhost",
    errorHandler: (error) => errorAnswer(error instanceof RequestError),
  });
}

/** Loaded only where HTTPS is wanted. */
async function createTlsServer(keyPair: KeyPair): Promise<TlsServer> {
  const https = await import("node:https");
  return https.createServer({ ...LIMITS, ...tlsOptions(keyPair), handshakeTimeout: HANDSHAKE_LIMIT_MS });
}

/** What a TLS server is made of, and is given anew when the files change. */
export const tlsOptions = ({ certificate, privateKey }: KeyPair) =>
  ({ cert: certificate, key: privateKey, minVersion: "TLSv1.2" }) as const;

/** What no route was asked: a Host or a path that no URL can have. What a route throws is the app's to answer. */
function errorAnswer(isTheirs: boolean): Response {
  const code = isTheirs ? "REQUEST_INVALID" : "INTERNAL";
  const message = isTheirs ? "Its Host or its path is not one." : "The agent failed to answer.";
  return Response.json({ error: { code, message } }, { status: isTheirs ? 400 : 500 });
}

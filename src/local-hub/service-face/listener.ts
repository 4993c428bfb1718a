import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { messageOf } from "../../errors.ts";
import type { ServerCertificate } from "../credentials/certificates.ts";
import type { Policy } from "../credentials/policies.ts";
import type { DeviceRoute } from "../device-face/routes.ts";
import type { LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import { costOf } from "../limits/rest-cost.ts";
import type { Limits } from "../limits/service-limits.ts";
import { asHubError } from "../own-fault.ts";
import { remoteOf } from "../ports/listen.ts";
import { endWithStatus, httpDate } from "../ports/raw-http.ts";
import { serverTlsOptions } from "../ports/server-tls.ts";
import { type TendedServer, tendServer } from "../ports/tend-server.ts";
import type { Wire } from "../wire/index.ts";
import { type Answer, errorAnswer } from "./answers.ts";
import { createAuthorize } from "./authorization.ts";
import { readBody } from "./body.ts";
import { findRoute, OUR_PATHS, type Route } from "./routing.ts";

/** Longer than the few seconds of Node's default, at which a caller that keeps its connection meets resets. */
const KEEP_ALIVE_MS = 65_000;
/** How long a caller may take for the head of a request, and for all of it; and how often that is looked at. */
const HEAD_MS = 20_000;
const REQUEST_MS = 60_000;
const LOOK_MS = 5_000;
/** How long nothing may be read or written: above the 600 s that a method call may wait. */
const SILENCE_MS = 660_000;
/**
 * Up to how many bytes of a body go out with the head in one piece: as text, which Node joins to the head, in the encoding that
 * leaves every byte as it is.
 */
const SMALL = 16 * 1024;

export interface ServiceFace extends Pick<TendedServer, "listen" | "useCertificate"> {
  /** For those who share the port: it answers requests, and no upgrade. */
  readonly server: Server;
  close(): Promise<void>;
}

/**
 * The service face: the hub's REST API over HTTPS. It stands on Node's own server rather than on a web framework: every
 * caller's departure must free its method call, and a library that people import into their tests must neither replace
 * the global Request and Response nor write to the console.
 */
export function createServiceFace(options: {
  certificate: ServerCertificate;
  policies: readonly Policy[];
  hostNames: readonly string[];
  routes: readonly Route[];
  /** Those of devices, which prove themselves otherwise. */
  deviceRoutes: readonly DeviceRoute[];
  limits?: Pick<Limits, "check">;
  maxConnections: number | undefined;
  log: LogEvent;
  now: () => number;
  /** Sees each call, and may meddle with it. */
  wire: Wire;
}): ServiceFace {
  const { log, now, wire } = options;
  const authorize = createAuthorize(options);
  const server = createServer({
    ...serverTlsOptions(options.certificate),
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEAD_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_MS,
  });
  wire.guardHandshakes(server, "https");
  server.timeout = SILENCE_MS;
  const tended = tendServer({ ...options, server, face: "https", option: "httpsPort" });
  server.on("clientError", (error, socket) => {
    tended.failed(error, socket);
    endWithStatus(socket, { status: statusOf(error), now: now() });
  });
  server.on("request", (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log({ event: "fault", reason: messageOf(error) });
      response.destroy();
    });
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = new AbortController();
    response.once("close", () => {
      // Every answer ends with a close: only one that was not given to its end means that the caller has gone.
      if (!response.writableFinished) caller.abort();
    });
    response.on("error", () => {});
    const refuse = (error: unknown) => errorAnswer(refusalOf(error, request), { now: now() });
    const outcome = await wire.call({
      request,
      signal: caller.signal,
      refuse,
      serve: (read) => answerTo(request, { signal: caller.signal, read }).catch(refuse),
    });
    if (outcome === undefined || response.destroyed) return;
    const { answer, cut } = outcome;
    const body = answer.body === undefined ? undefined : Buffer.from(answer.body);
    const headers: OutgoingHttpHeaders = {
      // Node would say the machine's time; devices and tests are to meet the hub's own.
      date: httpDate(now()),
      // A body that was not read to its end would be taken for the next request.
      ...(request.complete ? {} : { connection: "close" }),
      ...(body ? { "content-type": "application/json; charset=utf-8" } : {}),
      ...(answer.stream ? {} : { "content-length": body?.length ?? 0 }),
      ...answer.headers,
    };
    response.writeHead(answer.status, headers);
    if (answer.stream) return sendStream(answer.stream, response);
    if (cut) response.write(body?.subarray(0, body.length / 2) ?? "", () => response.destroy());
    else if (body && body.length <= SMALL) response.end(body.toString("latin1"), "latin1");
    else response.end(body);
  }

  async function answerTo(
    request: IncomingMessage,
    caller: { signal: AbortSignal; read: (body: Buffer) => void },
  ): Promise<Answer> {
    const { path, query } = splitTarget(request.url ?? "/");
    const asked = { method: request.method ?? "GET", path };
    const ofDevice = findRoute(options.deviceRoutes, asked);
    if (ofDevice !== undefined) {
      checkVersion(query.get("api-version"));
      caller.read(await readBody(request));
      const socket = request.socket as TLSSocket;
      const certificate = () => socket.getPeerX509Certificate();
      const { authorization } = request.headers;
      return ofDevice.route.handle({ parameters: ofDevice.parameters, authorization, certificate });
    }
    const found = findRoute(options.routes, asked);
    authorize({
      header: request.headers.authorization,
      path: path.replace(/^\//, ""),
      right: found?.route.right,
    });
    // The paths that the service has not are of no version of it.
    if (!path.startsWith(OUR_PATHS)) checkVersion(query.get("api-version"));
    if (found === undefined) {
      throw new HubError("ResourceNotFound", `this hub has no such operation: ${request.method} ${path}`);
    }
    const body = await readBody(request);
    caller.read(body);
    const cost = costOf({ method: found.route.method, path: found.route.path, bytes: body.length });
    if (cost !== undefined) options.limits?.check(cost.kind, cost.size);
    const header = (name: string) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    const { headers } = request;
    return found.route.handle({
      parameters: found.parameters,
      query,
      header,
      headers,
      body,
      signal: caller.signal,
    });
  }

  function refusalOf(error: unknown, request: IncomingMessage): HubError {
    // Who has gone may have cut short what failed then.
    const refusal = asHubError(error, request.destroyed ? () => {} : log);
    if (refusal.status === 401) {
      log({ event: "refused", face: "https", remote: remoteOf(request.socket), reason: refusal.message });
    }
    return refusal;
  }

  return {
    server,
    listen: tended.listen,
    useCertificate: tended.useCertificate,
    close: () => tended.close(),
  };
}

/** A caller that reads slowly makes its source wait, and one that goes ends it. */
async function sendStream(source: AsyncIterable<string>, response: ServerResponse): Promise<void> {
  await pipeline(Readable.from(source, { objectMode: false }), response).catch(() => {});
}

/**
 * Versions of the API are the dates of their releases, some with `-preview`. Which of them there were is not documented in
 * one place: any date since the service's first counts. @throws HubError InvalidProtocolVersion
 */
function checkVersion(version: string | null): void {
  if (!version) throw new HubError("InvalidProtocolVersion", "the api-version is missing");
  const known = /^20\d\d-\d\d-\d\d(?:-preview)?$/.test(version) && version >= "2015-08-15";
  if (!known) throw new HubError("InvalidProtocolVersion", `Unsupported api-version: ${version}`);
}

/** What a request that Node could not read is answered. */
function statusOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "408 Request Timeout";
    case "HPE_HEADER_OVERFLOW":
      return "431 Request Header Fields Too Large";
    default:
      return "400 Bad Request";
  }
}

/** The path as it was sent, and the query; not by URL, which would resolve the dots of a path before we see them. */
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf("?");
  if (mark === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

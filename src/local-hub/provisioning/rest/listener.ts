import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { messageOf } from "../../../errors.ts";
import type { LogEvent } from "../../events.ts";
import { remoteOf } from "../../ports/listen.ts";
import { httpDate } from "../../ports/raw-http.ts";
import type { Answer } from "../../service-face/answers.ts";
import { readBody } from "../../service-face/body.ts";
import type { Wire } from "../../wire/index.ts";
import {
  asProvisioningError,
  errorBody,
  PROVISIONING_ERRORS,
  ProvisioningError,
} from "../provisioning-error.ts";
import { authorizationFault, type ServicePolicy } from "./authorization.ts";
import { type RestAnswer, type RestRoute, routeOf } from "./routing.ts";

/** The REST API of the provisioning service, for devices and for services, on a server of Node's. */
export function createRestListener(options: {
  routes: readonly RestRoute[];
  policy: ServicePolicy;
  hostNames: readonly string[];
  log: LogEvent;
  now: () => number;
  /** Sees each call. */
  wire: Pick<Wire, "call">;
}): RequestListener {
  const { routes, policy, hostNames, log, now, wire } = options;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    const refuse = (error: unknown) => written(errorAnswer(error, request));
    const serve = (read: (body: Buffer) => void) => answerTo(request, read).then(written).catch(refuse);
    const { signal } = new AbortController();
    const outcome = await wire.call({ face: "provisioning", request, signal, serve, refuse });
    if (outcome === undefined || response.destroyed) return;
    const { body, ...answer } = outcome.answer;
    // A body that was not read to its end would be taken for the next request.
    if (!request.complete) response.setHeader("connection", "close");
    response.setHeader("date", httpDate(now()));
    response.setHeader("x-ms-request-id", randomUUID());
    if (body) response.setHeader("content-type", "application/json; charset=utf-8");
    response.setHeader("content-length", Buffer.byteLength(body ?? ""));
    response.writeHead(answer.status, answer.headers);
    response.end(body);
  }

  async function answerTo(request: IncomingMessage, read: (body: Buffer) => void): Promise<RestAnswer> {
    const { method = "GET" } = request;
    const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
    const { route, parameters } = routeOf(routes, { method, path });
    const { authorization } = request.headers;
    if (route.caller === "service") {
      const fault = authorizationFault(authorization, { path, policy, hostNames, now: now() });
      if (fault !== undefined) {
        log({ event: "refused", face: "provisioning", remote: remoteOf(request.socket), reason: fault });
        throw new ProvisioningError("unauthorized", "Unauthorized");
      }
    }
    if (!new URLSearchParams(query).get("api-version")) {
      throw new ProvisioningError("bad-request", "the api-version is missing");
    }
    const body = await readBody(request);
    read(body);
    if (method.startsWith("P") && body.length > 0 && !isJson(request.headers["content-type"])) {
      throw new ProvisioningError("not-json", "the content type is not application/json");
    }
    const socket = request.socket as TLSSocket;
    const header = (name: string) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    const proof = { password: authorization, certificate: () => socket.getPeerX509Certificate() };
    return route.handle({ parameters, header, body, proof });
  }

  function errorAnswer(error: unknown, request: IncomingMessage): RestAnswer {
    const refusal = asProvisioningError(error);
    if (refusal === undefined && !request.destroyed) log({ event: "fault", reason: messageOf(error) });
    const { code, message } =
      refusal ?? new ProvisioningError("failed", "the service failed; its log says why");
    const { status, errorCode } = PROVISIONING_ERRORS[code];
    const headers = { "x-ms-error-code": String(errorCode) };
    return { status, headers, body: errorBody(code, { message, now: now() }) };
  }

  return (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log({ event: "fault", reason: messageOf(error) });
      response.destroy();
    });
  };
}

function written({ body, ...answer }: RestAnswer): Answer {
  return { ...answer, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(?:;|$)/i.test(contentType ?? "");
}

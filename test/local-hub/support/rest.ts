import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { keyIn, makeToken } from "./token.ts";

export interface RestAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: () => Record<string, unknown>;
}

export interface RestCall {
  hub: LocalHub;
  method?: string;
  path: string;
  /** Sent as JSON, or as it is if it is text or bytes. */
  body?: unknown;
  headers?: Record<string, string>;
  /** The Authorization header; the owner's if absent, none if null. */
  authorization?: string | null;
  signal?: AbortSignal;
}

/** The owner policy's Authorization header. */
export function ownerToken(hub: LocalHub): string {
  return makeToken({
    resource: "localhost",
    key: keyIn(hub.serviceConnectionString),
    policyName: "iothubowner",
  });
}

/** Where a bare HTTPS request goes, by a connection of its own. */
export function atHub(hub: Pick<LocalHub, "httpsPort" | "ca">) {
  return {
    host: "127.0.0.1",
    servername: "localhost",
    port: hub.httpsPort,
    ca: hub.ca,
    agent: false,
  } as const;
}

/** A bare HTTPS request, to see what the SDK does not show. `path` gets the api-version unless it has a query. */
export function callRest(call: RestCall): Promise<RestAnswer> {
  const { hub, method = "GET", path, body, signal } = call;
  const authorization = call.authorization === undefined ? ownerToken(hub) : call.authorization;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...atHub(hub),
        method,
        path: path.includes("?") ? path : `${path}?api-version=2021-04-12`,
        headers: { ...(authorization === null ? {} : { authorization }), ...call.headers },
        ...(signal ? { signal } : {}),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text, json: () => JSON.parse(text) as Record<string, unknown> });
        });
      },
    );
    sent.on("error", reject);
    sent.end(
      body === undefined || typeof body === "string" || body instanceof Buffer ? body : JSON.stringify(body),
    );
  });
}

/** Invokes a method by the bare REST API. */
export function callMethod(
  options: Pick<RestCall, "hub" | "signal"> & { deviceId: string } & Record<string, unknown>,
): Promise<RestAnswer> {
  const { hub, signal, deviceId, ...body } = options;
  return callRest({
    hub,
    method: "POST",
    path: `/twins/${deviceId}/methods`,
    body,
    ...(signal ? { signal } : {}),
  });
}

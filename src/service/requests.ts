import { Agent } from "node:https";
import iothub from "azure-iothub";
import { RestApiClient } from "azure-iothub/dist/common-http/rest_api_client.js";
import { HubhandError } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { ServiceConnection } from "./connection-string.ts";
import { createExchange } from "./exchange.ts";
import { classifyServiceFailure, type RequestSubject } from "./failure.ts";
import { interrupted } from "./interrupted.ts";
import { retryAfterOf } from "./throttled.ts";

export interface RequestSettings {
  readonly connection: ServiceConnection;
  readonly ca?: string | undefined;
  readonly reachMs: number;
  /** Ends whatever is under way: it rejects with INTERRUPTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface RequestOptions extends RequestSubject {
  /** Milliseconds that the hub may take to answer, once it is reached. */
  readonly answerMs: number;
}

/** What azure-iothub's clients are made of. */
export interface SdkParts {
  readonly config: { host: string; keyName: string; sharedAccessSignature: ReturnType<typeof newSignature> };
  readonly rest: RestApiClient;
}

/** Runs one request of the SDK; rejects with a HubhandError of a `ServiceFailureCode`. */
export type SendRequest = <T>(options: RequestOptions, request: (sdk: SdkParts) => Promise<T>) => Promise<T>;

/** The SDK signs each request anew, for an hour; this is only for its first token. */
const TOKEN_SECONDS = 3600;

/**
 * Makes what sends the SDK's requests to one hub. It keeps no connection: a kept one that the hub has just closed would
 * fail the next call, which nobody may repeat for us.
 */
export function createRequests({ connection, ca, reachMs, signal }: RequestSettings): SendRequest {
  const { hostName, port, policyName } = connection;
  const agent = new Agent({ keepAlive: false, ...(ca === undefined ? {} : { ca }) });
  const config = { host: hostName, keyName: policyName, sharedAccessSignature: newSignature(connection) };

  return async ({ answerMs, ...subject }, request) => {
    if (signal?.aborted) throw interrupted();
    const exchange = createExchange({ port, agent, signal, connectMs: reachMs, answerMs });
    // The SDK's type asks for its own class, of which it uses but these two methods.
    const builder = exchange.builder as unknown as ConstructorParameters<typeof RestApiClient>[2];
    try {
      return await request({ config, rest: new RestApiClient(config, `hubhand/${VERSION}`, builder) });
    } catch (error) {
      if (signal?.aborted) throw interrupted(exchange.connected ? subject.afterwards : undefined);
      const { connected, timedOut, answer } = exchange;
      const failure = classifyServiceFailure(
        { error, connected, timedOut, answer },
        { ...subject, hub: `${hostName}:${port}`, policyName },
      );
      throw new HubhandError(failure.code, failure.message, {
        details: { reason: failure.reason, ...retryAfterOf(answer) },
        // The SDK's error for an answer holds the whole request, and with it the token.
        ...(answer === undefined ? { cause: error } : {}),
      });
    }
  };
}

function newSignature({ hostName, policyName, key }: ServiceConnection) {
  const expiry = Math.floor(Date.now() / 1000) + TOKEN_SECONDS;
  return iothub.SharedAccessSignature.create(hostName, policyName, key, expiry);
}

import type { ClientRequest, IncomingMessage } from "node:http";
import { type Agent, request as httpsRequest } from "node:https";
import type { HubAnswer } from "./hub-answer.ts";

/** Milliseconds. */
export interface ExchangeLimits {
  /** From the call to the end of the TLS handshake. */
  readonly connectMs: number;
  /** From then to the end of the hub's answer. */
  readonly answerMs: number;
}

export interface ExchangeOptions extends ExchangeLimits {
  readonly port: number;
  readonly agent: Agent;
  /** Ends the request. */
  readonly signal?: AbortSignal | undefined;
}

/** One request and its answer; what is known of it serves to judge a failure. */
export interface Exchange {
  readonly connected: boolean;
  readonly timedOut: boolean;
  readonly answer: HubAnswer | undefined;
  /** What azure-iothub sends its requests with (RestApiClient's parameter httpRequestBuilder). */
  readonly builder: RequestBuilder;
}

type Done = (error: Error | null, body?: string, response?: IncomingMessage) => void;

/** The part of azure-iothub's class Http that RestApiClient uses (1.16.6, common-http/rest_api_client.js). */
export interface RequestBuilder {
  buildRequest(
    method: string,
    path: string,
    headers: Record<string, string>,
    host: string,
    done: Done,
  ): ClientRequest;
  /** The SDK's clients hand in an agent of theirs; ours stays. */
  setOptions(options: unknown): void;
}

/**
 * Prepares one HTTPS request in place of the SDK's own, which knows no port but 443, never gives up waiting, and
 * breaks characters that lie across two chunks of an answer.
 */
export function createExchange({ port, agent, signal, connectMs, answerMs }: ExchangeOptions): Exchange {
  const state: { connected: boolean; timedOut: boolean; answer: HubAnswer | undefined } = {
    connected: false,
    timedOut: false,
    answer: undefined,
  };

  function buildRequest(
    method: string,
    path: string,
    headers: Record<string, string>,
    host: string,
    done: Done,
  ): ClientRequest {
    const request = httpsRequest({
      host,
      port,
      path,
      method,
      headers,
      agent,
      ...(signal === undefined ? {} : { signal }),
    });
    const giveUp = () => {
      state.timedOut = true;
      request.destroy(new Error("the time for it is over"));
    };
    let timer = setTimeout(giveUp, connectMs);
    request.once("socket", (socket) =>
      socket.once("secureConnect", () => {
        state.connected = true;
        clearTimeout(timer);
        timer = setTimeout(giveUp, answerMs);
      }),
    );
    request.once("close", () => clearTimeout(timer));
    request.on("error", done);
    request.once("response", (response) => {
      response.setEncoding("utf8");
      let body = "";
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("error", done);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const errorCode = response.headers["iothub-errorcode"];
        state.answer = {
          status,
          errorCode: Array.isArray(errorCode) ? errorCode[0] : errorCode,
          body,
          retryAfter: response.headers["retry-after"],
        };
        done(status < 300 ? null : new Error(`HTTP status ${status}`), body, response);
      });
    });
    return request;
  }

  return {
    get connected() {
      return state.connected;
    },
    get timedOut() {
      return state.timedOut;
    },
    get answer() {
      return state.answer;
    },
    builder: { buildRequest, setOptions() {} },
  };
}

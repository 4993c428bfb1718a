import http from "node:http";
import https from "node:https";
import { HubhandError } from "../../../errors.ts";
import { JsonText } from "../../../methods/json-text.ts";
import { MAX_REPLY_BYTES } from "../../../methods/reply.ts";
import type { HttpDeclaration } from "../../declaration/declaration.ts";

/** More at once wait here: a small service is not to be overrun by its own device. */
const MOST_SOCKETS = 32;
/** How much of what is no JSON is shown. */
const SHOWN = 80;

export interface Post {
  /** What `{method}` in the URL becomes. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
  readonly signal: AbortSignal;
}

/** What the service answered; its payload is JSON. */
export interface Answer {
  readonly status: number;
  readonly payload: JsonText;
}

/** That a service was not reached is told apart from what it does: see `isOutOfReach`. */
const OUT_OF_REACH = "PLUGIN_DOWN";

export const isOutOfReach = (error: unknown): error is HubhandError =>
  error instanceof HubhandError && error.code === OUT_OF_REACH;

/**
 * POSTs to one service, over connections that are kept. A request is never sent twice: the service may have begun
 * with the first. Redirects are not followed, for the same reason.
 */
export function createPoster({ name, url, headers: declared }: HttpDeclaration) {
  const { Agent, request } = url.startsWith("https:") ? https : http;
  // A connection that is older than most servers keep it would be closed under a request: `timeout` ends it before.
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS, timeout: 4_000, scheduling: "lifo" });
  const { host } = new URL(url.replaceAll("{method}", "m"));

  async function post({ target, headers, payload, signal }: Post): Promise<Answer> {
    const body = JSON.stringify(payload ?? null);
    const response = await send(url.replaceAll("{method}", encodeURIComponent(target)), body, {
      ...declared,
      ...headers,
      "hubhand-plugin": name,
      accept: "application/json",
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
    });
    return readAnswer(response);

    function send(to: string, text: string, all: Record<string, string>): Promise<http.IncomingMessage> {
      return new Promise((resolve, reject) => {
        const sent = request(to, { method: "POST", agent, headers: all, signal });
        sent.once("response", resolve);
        sent.once("error", (error: NodeJS.ErrnoException) =>
          reject(signal.aborted ? error : outOfReach(error)),
        );
        sent.end(text);
      });
    }
  }

  function outOfReach(error: NodeJS.ErrnoException): HubhandError {
    const why = error.code ?? error.message;
    return new HubhandError(
      OUT_OF_REACH,
      `the service of plugin "${name}" at ${host} did not answer: ${why}`,
    );
  }

  async function readAnswer(response: http.IncomingMessage): Promise<Answer> {
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400) {
      response.destroy();
      throw failed(
        `it answered with ${status}, and redirects are not followed; write the final address as url`,
      );
    }
    if (headers["content-encoding"] !== undefined && headers["content-encoding"] !== "identity") {
      response.destroy();
      throw failed(`it answered in the encoding ${headers["content-encoding"]}, which was not asked for`);
    }
    const text = await readText(response);
    if (text.trim() === "") return { status, payload: new JsonText("null") };
    try {
      JSON.parse(text);
    } catch {
      const type = headers["content-type"] ?? "no content type";
      throw failed(
        `it answered ${status} with ${type}, which is not JSON: ${JSON.stringify(text.slice(0, SHOWN))}`,
      );
    }
    return { status, payload: new JsonText(text) };
  }

  async function readText(response: http.IncomingMessage): Promise<string> {
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        bytes += part.length;
        // White space around JSON is the service's own; a little more than the limit is all the same too much.
        if (bytes > MAX_REPLY_BYTES) {
          const limit = MAX_REPLY_BYTES;
          throw new HubhandError(
            "REPLY_TOO_LARGE",
            `the reply has over ${limit} bytes; the hub takes ${limit}`,
            {
              details: { limit },
            },
          );
        }
        parts.push(part);
      }
    } catch (error) {
      response.destroy();
      if (error instanceof HubhandError) throw error;
      throw failed(`its answer was cut off after ${bytes} bytes`);
    }
    return Buffer.concat(parts).toString("utf8");
  }

  const failed = (why: string): HubhandError =>
    new HubhandError("METHOD_FAILED", `the service of plugin "${name}" at ${host}: ${why}`);

  return { post, close: () => agent.destroy() };
}

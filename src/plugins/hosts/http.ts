import http from "node:http";
import https from "node:https";
import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import { HubhandError, messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import { MAX_REPLY_BYTES } from "../../methods/reply.ts";
import { invalidPlugin } from "../check-outline.ts";
import type { HttpDeclaration } from "../declaration/declaration.ts";
import type { Plugin } from "../plugin.ts";
import { assemblePlugin, type MethodDefaults } from "./assemble.ts";
import { payloadOf, startOf } from "./http/answer.ts";
import { messageHeaders } from "./http/message-headers.ts";
import { type Answer, AnswerTooLarge, NoAnswer, post } from "./http/post.ts";
import { createReachability, takesConnections } from "./http/reachability.ts";
import { plainBody } from "./message-payload.ts";
import { tellAnswer } from "./task-telemetry.ts";

export interface HttpHostOptions {
  readonly declaration: HttpDeclaration;
  /** Valid already; headers may name them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly defaults: MethodDefaults;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Connections to one service at once; further calls wait for one. Idle ones are closed soon, before the service does
 * it: a call that meets a connection being closed is lost, and servers keep them for two seconds (gunicorn) and more.
 */
const CONNECTIONS = { keepAlive: true, maxSockets: 32, maxFreeSockets: 32, timeout: 1.5 * SECOND };

/**
 * Has calls answered by a service elsewhere, each by one POST. The service need not be there when the plugin starts,
 * nor later on: calls are PLUGIN_DOWN as long as it is not.
 * @throws HubhandError PLUGIN_INVALID if a header names a setting that is not there
 */
export function hostHttp(options: HttpHostOptions): Plugin {
  const { declaration, defaults, telemetry, clock } = options;
  const { name, url } = declaration;
  const logger = options.logger.child({ plugin: name });
  const headersWith = (settings: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> => ({
    ...fillIn(declaration.headers, settings),
    "hubhand-plugin": encodeURIComponent(name),
  });
  let own = headersWith(options.settings);
  const agent = url.startsWith("https:") ? new https.Agent(CONNECTIONS) : new http.Agent(CONNECTIONS);
  const reachability = createReachability({ url: addressOf(url, "any"), logger, clock });

  async function send(request: Request): Promise<Answer> {
    const { action, body, headers, signal } = request;
    const place = addressOf(url, action);
    try {
      const answer = await post({
        url: place,
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          "content-type": "application/json",
          ...own,
          ...headers,
        },
        body,
        agent,
        signal,
      });
      reachability.answered();
      return answer;
    } catch (error) {
      if (error instanceof NoAnswer) {
        const problem = `${place.origin} gave no answer: ${error.message}`;
        reachability.unanswered(problem);
        throw new HubhandError("PLUGIN_DOWN", `plugin "${name}" is down: ${problem}`, { cause: error.cause });
      }
      if (signal.aborted) throw error;
      reachability.answered();
      if (error instanceof AnswerTooLarge) {
        const message = `the answer of ${place.origin} is too large; the hub takes ${MAX_REPLY_BYTES} bytes`;
        throw new HubhandError("REPLY_TOO_LARGE", message, { details: { limit: MAX_REPLY_BYTES } });
      }
      throw blamed(place, error);
    }
  }

  function mustBeGood(action: string, { status, body }: Answer): void {
    if (status < 200 || status > 299)
      throw new Error(`${addressOf(url, action).origin} answered ${status}: ${startOf(body)}`);
  }

  const plugin = assemblePlugin({
    outline: declaration,
    name,
    kind: "http",
    defaults,
    host: {
      async start(observer) {
        reachability.start(observer);
      },
      async call({ method, requestId, payload, timeout, signal, reply }) {
        const answer = await send({
          action: method,
          body: JSON.stringify(payload),
          headers: {
            "hubhand-method": encodeURIComponent(method),
            "hubhand-request-id": encodeURIComponent(requestId),
            "hubhand-timeout-ms": String(timeout),
          },
          signal,
        });
        try {
          reply(answer.status, payloadOf(answer));
        } catch (error) {
          throw blamed(addressOf(url, method), error);
        }
      },
      async runTask({ task, signal }) {
        const headers = { "hubhand-task": encodeURIComponent(task) };
        const answer = await send({ action: task, body: "null", headers, signal });
        mustBeGood(task, answer);
        await tellAnswer({
          text: answer.body.toString(),
          read() {
            try {
              return payloadOf(answer);
            } catch (error) {
              throw blamed(addressOf(url, task), error);
            }
          },
          how: declaration.tasks[task]?.telemetry,
          telemetry,
          signal,
        });
      },
      async handleMessage(delivery) {
        const { name: message, payload, signal } = delivery;
        const headers = messageHeaders(delivery);
        mustBeGood(message, await send({ action: message, body: plainBody(payload), headers, signal }));
      },
      async changeSettings(given) {
        own = headersWith(given);
        return true;
      },
      async stop() {
        reachability.stop();
        agent.destroy();
      },
    },
  });
  return {
    ...plugin,
    async unreachable() {
      const place = addressOf(url, "any");
      return (await takesConnections(place))
        ? undefined
        : `nobody answers at ${place.origin}: start the service, or correct its url; calls are answered PLUGIN_DOWN until then`;
    },
  };
}

interface Request {
  /** The method, task or handler, which stands for `{method}`. */
  readonly action: string;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const addressOf = (url: string, action: string): URL =>
  new URL(url.replaceAll("{method}", encodeURIComponent(action)));

/** Never more than scheme, host and port: the rest of an address may hold a password. */
const blamed = ({ origin }: URL, error: unknown): Error =>
  new Error(`${origin} ${messageOf(error)}`, { cause: error });

/** Puts settings into headers, so that a token need not stand in the declaration. */
function fillIn(
  headers: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const filled = Object.entries(headers).map(([header, value]) => {
    const text = value.replaceAll(/\{settings\.([^{}]+)\}/g, (_, key: string) => {
      const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
      if (typeof setting === "string" || typeof setting === "number") return String(setting);
      throw invalidPlugin(`headers: "${header}" needs the setting "${key}", a text or a number`);
    });
    try {
      http.validateHeaderValue(header, text);
    } catch {
      throw invalidPlugin(`headers: a setting has a sign that the header "${header}" cannot have`);
    }
    return [header, text] as const;
  });
  return Object.fromEntries(filled);
}

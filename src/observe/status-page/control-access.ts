import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import { KIBIBYTE } from "../../sizes.ts";
import { problem } from "./problem.ts";
import { createWrongTokens } from "./wrong-tokens.ts";

/** As much as the hub takes for a direct method. */
const LARGEST_BODY = 128 * KIBIBYTE;
/** How long one waits who has not given the right token. */
const REFUSAL_DELAY_MS = 500;

export interface ControlAccessOptions {
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ControlAccess {
  /** Each looks at a request before it is done, in this order. */
  readonly guards: readonly MiddlewareHandler[];
  stop(): void;
}

/**
 * Who may do things: whoever gives the token, from no other web page than the agent's own, and with a body that a form of
 * another page could not send.
 */
export function createControlAccess({ token, clock, logger }: ControlAccessOptions): ControlAccess {
  const expected = hashOf(token);
  const wrongTokens = createWrongTokens({ logger, clock });
  const waiting = new Set<() => void>();

  const wantsOwnOrigin: MiddlewareHandler = async (context, next) => {
    const origin = context.req.header("origin");
    if (origin === undefined || isOfHost(origin, context.req.header("host"))) return next();
    return problem("ORIGIN_REFUSED", "only the agent's own page may do this");
  };

  const wantsToken: MiddlewareHandler = async (context, next) => {
    const given = tokenOf(context);
    // Of equal length whatever was given, and compared in a time that tells nothing.
    if (given !== undefined && timingSafeEqual(hashOf(given), expected)) return next();
    if (given !== undefined) wrongTokens.seen(remoteOf(context));
    await delay();
    return problem(
      "CONTROL_REFUSED",
      given === undefined
        ? "this wants the token of observe.controlToken, as X-Hubhand-Control-Token or Authorization: Bearer"
        : "this is not the token of observe.controlToken",
    );
  };

  const wantsJson: MiddlewareHandler = async (context, next) => {
    const type = context.req.header("content-type");
    const hasBody = context.req.header("transfer-encoding") !== undefined || lengthOf(context) > 0;
    const isFit = type === undefined ? !hasBody : /^application\/json\s*(;|$)/i.test(type);
    return isFit ? next() : problem("CONTENT_TYPE_WRONG", "the content type must be application/json");
  };

  const wantsSmall = bodyLimit({
    maxSize: LARGEST_BODY,
    onError: () => problem("REQUEST_TOO_LARGE", "the body is over 128 KiB, as much as the hub takes"),
  });

  const delay = (): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.setTimer(REFUSAL_DELAY_MS, end);
      waiting.add(end);
      function end(): void {
        cancel();
        waiting.delete(end);
        resolve();
      }
    });

  return {
    guards: [wantsOwnOrigin, wantsToken, wantsJson, wantsSmall],
    stop() {
      wrongTokens.stop();
      for (const end of waiting) end();
    },
  };
}

/** Where a request comes from, for the log. */
export function remoteOf(context: Context): string {
  const { incoming } = (context.env ?? {}) as Partial<HttpBindings>;
  return incoming?.socket.remoteAddress ?? "unknown";
}

/** In a header of its own too, as the other may hold what one needs to look at all. */
function tokenOf(context: Context): string | undefined {
  const own = context.req.header("x-hubhand-control-token");
  return own ?? /^Bearer +(.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
}

/** Whatever stands between may speak TLS: host and port are what tells pages apart here. */
function isOfHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

const lengthOf = (context: Context): number => Number(context.req.header("content-length") ?? 0);

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

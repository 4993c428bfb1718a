import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import { KIBIBYTE } from "../../sizes.ts";
import { CONTROL_HEADER, digest } from "../http/credentials.ts";
import { createFailedLogins } from "../http/failed-logins.ts";
import { refuse } from "../http/refusal.ts";
import { remoteAddressOf } from "../http/remote-address.ts";

/** As much as the hub takes for a direct method. */
const LARGEST_BODY = 128 * KIBIBYTE;

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
 * Who may do things: whoever gives the token, with a body that a form of another page could not send. Requests of pages
 * from elsewhere do not come as far as this.
 */
export function createControlAccess({ token, clock, logger }: ControlAccessOptions): ControlAccess {
  const expected = digest(token);
  const failedLogins = createFailedLogins({
    event: "page.token-refused",
    attempt: "do something from the status page with a wrong token",
    clock,
    logger,
  });

  const wantsToken: MiddlewareHandler = async (context, next) => {
    const given = tokenOf(context);
    if (given !== undefined) {
      // Of equal length whatever was given, and compared in a time that tells nothing.
      const isRight = timingSafeEqual(digest(given), expected);
      await failedLogins.slowed({ isRight, address: remoteAddressOf(context) });
      if (isRight) return next();
    }
    return refuse({
      code: "CONTROL_REFUSED",
      message:
        given === undefined
          ? "this wants the token of observe.controlToken, as X-Hubhand-Control-Token or Authorization: Bearer"
          : "this is not the token of observe.controlToken",
      headers: { "www-authenticate": 'Bearer realm="hubhand control"' },
    });
  };

  const wantsJson: MiddlewareHandler = async (context, next) => {
    const type = context.req.header("content-type");
    const hasBody = context.req.header("transfer-encoding") !== undefined || lengthOf(context) > 0;
    const isFit = type === undefined ? !hasBody : /^application\/json\s*(;|$)/i.test(type);
    return isFit
      ? next()
      : refuse({ code: "CONTENT_TYPE_WRONG", message: "the content type must be application/json" });
  };

  const wantsSmall = bodyLimit({
    maxSize: LARGEST_BODY,
    onError: () =>
      refuse({ code: "REQUEST_TOO_LARGE", message: "the body is over 128 KiB, as much as the hub takes" }),
  });

  return { guards: [wantsToken, wantsJson, wantsSmall], stop: failedLogins.stop };
}

/** In a header of its own too, as the other may hold what one needs to look at all. */
function tokenOf(context: Context): string | undefined {
  const own = context.req.header(CONTROL_HEADER);
  return own ?? /^Bearer +(.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
}

const lengthOf = (context: Context): number => Number(context.req.header("content-length") ?? 0);

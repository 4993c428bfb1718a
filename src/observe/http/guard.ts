import type { Context, Hono } from "hono";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import { isFromElsewhere } from "./browser-check.ts";
import { type Credentials, createCredentialsCheck } from "./credentials.ts";
import { createFailedLogins } from "./failed-logins.ts";
import { createHostCheck, type HostNamesOptions } from "./host-names.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { remoteAddressOf } from "./remote-address.ts";

/** Health is for those who start and stop processes; they have no credentials, and are told the least. */
const OPEN_PATHS = new Set(["/livez", "/readyz"]);

export interface GuardOptions {
  readonly hosts: HostNamesOptions;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Guard {
  /** Stands before every route that is added later. */
  protect(app: Hono): void;
  /** Whether a request that came through has brought no credentials where some are wanted: it gets yes or no. */
  isOutsider(request: Request): boolean;
  stop(): void;
}

/** Who may look: refuses other names than the agent's, pages from elsewhere, and whoever has no right credentials. */
export function createGuard({ hosts, credentials, clock, logger }: GuardOptions): Guard {
  const isOwnName = createHostCheck(hosts);
  const check = createCredentialsCheck(credentials);
  const failedLogins = createFailedLogins({
    event: "http.login-refused",
    attempt: "look at metrics or status with a wrong password or token",
    clock,
    logger,
  });
  const outsiders = new WeakSet<Request>();

  /** What stands against a request before it is known who asks. */
  function objection({ req }: Context): Refusal | undefined {
    // Who leaves it out speaks HTTP/1.0, and is no browser: Node takes HTTP/1.1 with it only.
    const host = req.header("host");
    const name = new URL(req.url).host;
    if (host !== undefined && !(isOwnName(host) && isOwnName(name))) {
      return {
        code: "HOST_REFUSED",
        message:
          "This agent does not answer to the name that it was asked by. Ask by its address, or add the name to observe.allowedHosts (HUBHAND_OBSERVE_ALLOWED_HOSTS).",
      };
    }
    if (isFromElsewhere({ method: req.method, header: (header) => req.header(header) }))
      return { code: "CROSS_SITE", message: "This is not for web pages from elsewhere." };
    const hasBody = req.header("transfer-encoding") ?? req.header("content-length") ?? "0";
    if (/^(?:GET|HEAD)$/.test(req.method) && hasBody !== "0") {
      const headers = { connection: "close" };
      return { code: "REQUEST_INVALID", message: `${req.method} takes no body.`, headers };
    }
    return undefined;
  }

  async function admit(context: Context): Promise<Refusal | undefined> {
    const { path, raw } = context.req;
    if (!check.wanted) return undefined;
    const found = path === "/livez" ? "none" : check.look((name) => context.req.header(name));
    if (found === "none") {
      outsiders.add(raw);
      return OPEN_PATHS.has(path) ? undefined : wanted({});
    }
    const isRight = found === "right";
    await failedLogins.slowed({ isRight, address: remoteAddressOf(context) });
    // One guess a connection: what was sent behind it is never answered.
    return isRight ? undefined : wanted({ connection: "close" });
  }

  const wanted = (headers: Record<string, string>): Refusal => ({
    code: "CREDENTIALS_WANTED",
    message: "This wants the password (observe.password) or the token (observe.token) of this agent.",
    headers: { ...headers, "www-authenticate": check.challenge },
  });

  return {
    protect(app) {
      app.use(async (context, next) => {
        const refusal = objection(context) ?? (await admit(context));
        if (refusal !== undefined) return refuse(refusal);
        await next();
        return undefined;
      });
    },
    isOutsider: (request) => outsiders.has(request),
    stop: failedLogins.stop,
  };
}

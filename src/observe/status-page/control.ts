import type { Context, Hono, MiddlewareHandler } from "hono";
import type { Clock } from "../../clock.ts";
import { HubhandError, isHubhandError } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import { CHANGED_LEVELS, lengthOfChange } from "../../rules/log-level-change.ts";
import { addressOf } from "../http/address-of.ts";
import { answersRequests, refuse } from "../http/refusal.ts";
import type { LogLevel, LogLevelStatus } from "../log/log-level.ts";
import { createControlAccess } from "./control-access.ts";
import { redactedJson, redactedText } from "./redacted-json.ts";

/** What may be done from the page, and the token that one needs for it. */
export interface Control {
  /** A secret. */
  readonly token: string;
  /** Has a method called as the hub would; resolves with its answer, whatever that is. `body` is JSON. */
  call(method: string, payload: Uint8Array): Promise<{ readonly status: number; readonly body: string }>;
  /**
   * Ends a plugin's code and starts it afresh; says how it is then.
   * @throws HubhandError PLUGIN_UNKNOWN
   */
  restartPlugin(name: string): Promise<unknown>;
  readonly logLevel: Pick<LogLevel, "set" | "reset">;
}

export interface ControlOptions {
  readonly control?: Control | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  redact(text: string): string;
}

type ControlEvent = "page.method-called" | "page.plugin-restarted" | "page.log-level-changed";

/** Adds what may be done; without a token each route says that nothing may. @returns ends what waits */
export function mountControl(app: Hono, { control, clock, logger, redact }: ControlOptions): () => void {
  if (control === undefined) {
    const off = (): Response =>
      refuse({
        code: "CONTROL_OFF",
        message: "nothing may be done from here: observe.controlToken is not set",
      });
    mount([], { call: off, restart: off, changeLevel: off });
    return () => {};
  }
  const { call, restartPlugin, logLevel, token } = control;
  const access = createControlAccess({ token, clock, logger });
  mount(access.guards, {
    async call(context) {
      const method = nameIn(context);
      tell(context, { event: "page.method-called", method }, "a method is called from the status page");
      const payload = new Uint8Array(await context.req.arrayBuffer());
      const began = clock.now();
      const { status, body } = await call(method, payload);
      const ms = Math.round((clock.now() - began) * 1000) / 1000;
      return json(`{"status":${status},"payload":${redactedText(body, redact)},"ms":${ms}}`);
    },
    async restart(context) {
      const plugin = nameIn(context);
      tell(context, { event: "page.plugin-restarted", plugin }, "a plugin is restarted from the status page");
      return json(redactedJson(await restartPlugin(plugin), redact));
    },
    async changeLevel(context) {
      const { level, for: length } = await bodyOf(context);
      if (!isLevel(level)) throw invalid("/level", `must be one of ${CHANGED_LEVELS.join(", ")}`);
      const milliseconds = lengthOfChange(length);
      tell(
        context,
        { event: "page.log-level-changed", logLevel: level },
        "the level of the log is changed from the status page",
      );
      const status: LogLevelStatus =
        level === "configured" ? logLevel.reset() : logLevel.set(level, milliseconds);
      return json(JSON.stringify(status));
    },
  });
  return access.stop;

  type Action = (context: Context) => Response | Promise<Response>;

  function mount(
    guards: readonly MiddlewareHandler[],
    actions: Readonly<Record<"call" | "restart" | "changeLevel", Action>>,
  ): void {
    app.on("POST", ["/api/methods/:name"], ...guards, safely(actions.call));
    app.on("POST", ["/api/plugins/:name/restart"], ...guards, safely(actions.restart));
    app.on("PUT", ["/api/log-level"], ...guards, safely(actions.changeLevel));
  }

  function safely(action: Action): Action {
    return async (context) => {
      try {
        return await action(context);
      } catch (error) {
        if (isHubhandError(error) && answersRequests(error.code))
          return refuse({ code: error.code, message: redact(error.message), details: error.details });
        logger.error({ event: "page.failed", err: error }, "what the status page asked for failed");
        return refuse({ code: "INTERNAL", message: "it failed; the log says why" });
      }
    };
  }

  function tell(
    context: Context,
    what: { readonly event: ControlEvent; readonly [field: string]: unknown },
    message: string,
  ): void {
    logger.info({ ...what, remote: addressOf(context) }, message);
  }
}

/** Hono's type knows it of written-out routes only. */
const nameIn = (context: Context): string => context.req.param("name") ?? "";

const json = (body: string): Response =>
  new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-store" } });

async function bodyOf(context: Context): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = JSON.parse(await context.req.text());
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    throw invalid("", "is not JSON");
  }
  throw invalid("", "must be an object");
}

const isLevel = (level: unknown): level is (typeof CHANGED_LEVELS)[number] =>
  (CHANGED_LEVELS as readonly unknown[]).includes(level);

function invalid(path: string, message: string): HubhandError {
  const where = path === "" ? "the body" : `the body at ${path}`;
  return new HubhandError("PAYLOAD_INVALID", `${where} ${message}`, {
    details: { path, rule: "form", message },
  });
}

import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import { refuse } from "../http/refusal.ts";
import { readAsset } from "./assets.ts";
import type { Control } from "./control.ts";
import { lookAround, type StatusSources, writeSections } from "./sections.ts";
import { createWatchers } from "./watchers.ts";

export interface StatusPageOptions {
  readonly sources: StatusSources;
  /** What may be done from it; without it, the page only shows. */
  readonly control?: Control | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes secrets out of a text: nothing leaves that did not pass it. */
  redact(text: string): string;
}

export interface StatusPage {
  /** Adds `/`, `/page/*` and `/api/*`. */
  mount(app: Hono): Promise<void>;
  /** Ends every stream, so that the server can close. */
  stop(): void;
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // Asked of nginx, which gathers what it passes on.
  "x-accel-buffering": "no",
} as const;

/** The page that shows how the agent is, and what it asks. Nothing is looked at while nobody watches. */
export function createStatusPage(options: StatusPageOptions): StatusPage {
  const { clock, logger } = options;
  const control = { possible: options.control !== undefined };
  const look = () => lookAround({ ...options, control });
  const watchers = createWatchers({ look, clock, logger });
  let stopControl = (): void => {};

  function watch(context: Context): Response {
    // Nobody reads what follows a head: it would take a watcher's place, and keep it.
    if (context.req.method === "HEAD") return context.body(null, 200, STREAM_HEADERS);
    const { outgoing } = context.env as Partial<HttpBindings>;
    const stream = watchers.watch(() => outgoing?.destroy());
    if (stream === undefined)
      return refuse({
        code: "WATCHERS_FULL",
        message: "as many as may be watch this page already; close one",
      });
    return context.body(stream, 200, STREAM_HEADERS);
  }

  return {
    async mount(app) {
      app.get("/", (context) => sendAsset(context, "index.html"));
      app.get("/page/:name", (context) => {
        const name = context.req.param("name");
        // The page itself is in one place only: it names all else from there, as a proxy may serve it below a path.
        return sendAsset(context, name === "index.html" ? "" : name);
      });
      app.get("/api/status", async (context) => {
        const texts = await look();
        const body = writeSections(new Date(clock.wallClock()).toISOString(), texts);
        return context.body(body, 200, { "content-type": "application/json", "cache-control": "no-store" });
      });
      app.get("/api/status/stream", watch);
      const { mountControl } = await import("./control.ts"); // Not before somebody asks for the page.
      stopControl = mountControl(app, options);
    },
    stop() {
      watchers.stop();
      stopControl();
    },
  };
}

async function sendAsset(context: Context, name: string): Promise<Response> {
  const asset = await readAsset(name);
  if (asset === undefined) return refuse({ code: "PATH_UNKNOWN", message: "There is nothing here." });
  const { body, type, etag } = asset;
  // Asked again each time, as a new version of the agent may bring a new one.
  const headers = { etag, "cache-control": "no-cache" };
  if (context.req.header("if-none-match") === etag) return context.body(null, 304, headers);
  return context.body(body, 200, { ...headers, "content-type": type });
}

import { hostname } from "node:os";
import { Hono } from "hono";
import type { HttpFaceOptions } from "./face.ts";
import { createGuard } from "./guard.ts";
import { addHealthRoutes } from "./health-routes.ts";
import { addNotFound } from "./not-found.ts";
import { refuse } from "./refusal.ts";

/** What answers whoever asks. */
export interface App {
  readonly app: Hono;
  stop(): void;
}

/** `/metrics`, `/livez` and `/readyz`, and what else is mounted, for those who may look. */
export async function createApp(options: HttpFaceOptions): Promise<App> {
  const { host, allowedHosts, clock, logger } = options;
  const guard = createGuard({
    hosts: { allowed: allowedHosts, own: [hostname(), host] },
    credentials: options,
    clock,
    logger,
  });
  const app = new Hono();
  guard.protect(app);
  await addRoutes(app, { ...options, isOutsider: guard.isOutsider });
  return { app, stop: guard.stop };
}

async function addRoutes(
  app: Hono,
  options: HttpFaceOptions & { isOutsider(request: Request): boolean },
): Promise<void> {
  const { registry, version, logger, mount = listPaths(version) } = options;
  app.get("/metrics", async (context) => {
    context.header("content-type", registry.contentType);
    return context.body(await registry.metrics());
  });
  addHealthRoutes(app, options);
  await mount(app);
  addNotFound(app);
  app.onError((err, context) => {
    logger.error(
      { event: "http.request-failed", err, path: context.req.path },
      "a request for metrics or status was not answered",
    );
    return refuse({ code: "INTERNAL", message: "The agent failed to answer." });
  });
}

const listPaths =
  (version: string) =>
  (app: Hono): void => {
    app.get("/", (context) => context.text(`hubhand ${version}\n/metrics\n/livez\n/readyz\n`));
  };

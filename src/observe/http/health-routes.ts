import type { Hono } from "hono";
import { mapValues } from "../../map-values.ts";
import type { Health } from "../health.ts";

export interface HealthRoutesOptions {
  readonly health: Health;
  readonly version: string;
  /** Whether a request gets yes or no, and no more. */
  isOutsider(request: Request): boolean;
}

/** `/livez` and `/readyz`. */
export function addHealthRoutes(app: Hono, { health, version, isOutsider }: HealthRoutesOptions): void {
  // That this answers is the proof: the event loop turns. The network is none of liveness' business.
  app.get("/livez", (context) => {
    const more = { version, uptimeSeconds: Math.round(process.uptime()) };
    return context.json({ alive: true, ...(isOutsider(context.req.raw) ? {} : more) });
  });
  app.get("/readyz", (context) => {
    const { ready, parts } = health.readiness();
    const told = isOutsider(context.req.raw) ? mapValues(parts, ({ ready }) => ({ ready })) : parts;
    return context.json({ ready, parts: told }, ready ? 200 : 503);
  });
}

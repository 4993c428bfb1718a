import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** Where a request comes from, for the log; `unknown` if it came through no server. */
export function addressOf({ env }: Context): string {
  const { incoming } = (env ?? {}) as Partial<HttpBindings>;
  return incoming?.socket.remoteAddress ?? "unknown";
}

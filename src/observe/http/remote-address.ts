import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** Where a request comes from, for the log; of one that no server took, as in tests, nobody knows. */
export const remoteAddressOf = ({ env }: Context): string =>
  (env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress ?? "unknown";

import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { Hono } from "hono";
import type { Registry } from "prom-client";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import type { Origin, TlsSettings } from "../../tls/tls-files.ts";
import type { Health } from "../health.ts";
import { authority, cannotListen } from "./cannot-listen.ts";
import type { Credentials } from "./credentials.ts";
import { createGuard } from "./guard.ts";
import { addHealthRoutes } from "./health-routes.ts";
import { createListener } from "./listener.ts";
import { addNotFound } from "./not-found.ts";
import { refuse } from "./refusal.ts";
import { openTls, renewTls } from "./tls.ts";

export interface HttpFaceOptions extends Credentials {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly tls: TlsSettings;
  /** Where a setting of `observe` came from. */
  readonly origin: Origin;
  readonly registry: Registry;
  readonly health: Health;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Adds what else is served, such as the status page; `/` lists the paths if nothing is added. */
  mount?(app: Hono): void;
}

export interface HttpFace {
  /** Where it listens: `http://127.0.0.1:9464`. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves `/metrics`, `/livez` and `/readyz`, to those who may look.
 * @throws HubhandError PORT_IN_USE or CONFIG_INVALID if it cannot listen, or not with that certificate
 */
export async function startHttpFace(options: HttpFaceOptions): Promise<HttpFace> {
  const { host, port, tls: settings, origin, clock, logger } = options;
  const tls = { settings, origin, clock, logger };
  const keyPair = await openTls(tls);
  const guard = createGuard({
    hosts: { allowed: options.allowedHosts, own: [hostname(), host] },
    credentials: options,
    clock,
    logger,
  });
  const app = new Hono();
  guard.protect(app);
  addRoutes(app, { ...options, isOutsider: guard.isOutsider });
  const { server, close } = await createListener({ app, keyPair });
  const address = await listen(server, { host, port });
  // Such as no file descriptor left for one more connection.
  server.on("error", (err) =>
    logger.warn(
      { event: "http.connection-failed", err },
      "metrics and status: a connection could not be taken",
    ),
  );
  const unwatch = keyPair === undefined ? () => {} : renewTls(server as TlsServer, tls);
  return {
    url: `${keyPair === undefined ? "http" : "https"}://${authority(host, address.port)}`,
    stop() {
      unwatch();
      guard.stop();
      return close();
    },
  };
}

function addRoutes(app: Hono, options: HttpFaceOptions & { isOutsider(request: Request): boolean }): void {
  const { registry, version, logger, mount = listPaths(version) } = options;
  app.get("/metrics", async (context) => {
    context.header("content-type", registry.contentType);
    return context.body(await registry.metrics());
  });
  addHealthRoutes(app, options);
  mount(app);
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

async function listen(
  server: Server | TlsServer,
  { host, port }: Pick<HttpFaceOptions, "host" | "port">,
): Promise<AddressInfo> {
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(error, host, port);
  });
  return server.address() as AddressInfo;
}

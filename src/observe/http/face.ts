import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Hono } from "hono";
import type { Registry } from "prom-client";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import type { Origin, TlsSettings } from "../../tls/tls-files.ts";
import type { Health } from "../health.ts";
import { authority, cannotListen } from "./cannot-listen.ts";
import type { Credentials } from "./credentials.ts";
import { createListener } from "./listener.ts";
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
  mount?(app: Hono): unknown;
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
  let stopApp = (): void => {};
  // Hono and all routes are loaded when somebody first asks.
  const openApp = async (): Promise<Hono> => {
    const { createApp } = await import("./app.ts");
    const { app, stop } = await createApp(options);
    stopApp = stop;
    return app;
  };
  const onUnopened = (err: unknown): void =>
    logger.error(
      { event: "http.request-failed", err },
      "metrics and status: what answers could not be loaded",
    );
  const { server, close } = await createListener({ openApp, onUnopened, keyPair });
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
      stopApp();
      return close();
    },
  };
}

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

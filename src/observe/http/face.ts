import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Registry } from "prom-client";
import { HubhandError } from "../../errors.ts";
import type { Health } from "../health.ts";

export interface HttpFaceOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly registry: Registry;
  readonly health: Health;
  readonly version: string;
  /** Adds what else is served, such as the status page; `/` lists the paths if nothing is added. */
  mount?(app: Hono): void;
}

export interface HttpFace {
  /** Where it listens: `http://127.0.0.1:9464`. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves `/metrics`, `/livez` and `/readyz`.
 * @throws HubhandError PORT_IN_USE or CONFIG_INVALID if it cannot listen
 */
export async function startHttpFace({
  host,
  port,
  registry,
  health,
  version,
  mount = listPaths(version),
}: HttpFaceOptions): Promise<HttpFace> {
  const app = new Hono();
  app.get("/metrics", async (context) => {
    context.header("content-type", registry.contentType);
    return context.body(await registry.metrics());
  });
  // That this answers is the proof: the event loop turns. The network is none of liveness' business.
  app.get("/livez", (context) =>
    context.json({ alive: true, version, uptimeSeconds: Math.round(process.uptime()) }),
  );
  app.get("/readyz", (context) => {
    const readiness = health.readiness();
    return context.json(readiness, readiness.ready ? 200 : 503);
  });
  mount(app);

  const listening = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, hostname: host, port }, listening.resolve);
  server.once("error", (error: NodeJS.ErrnoException) => listening.reject(cannotListen(error, host, port)));
  const address = await listening.promise;
  return {
    url: `http://${authority(host, address.port)}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

const listPaths =
  (version: string) =>
  (app: Hono): void => {
    app.get("/", (context) => context.text(`hubhand ${version}\n/metrics\n/livez\n/readyz\n`));
  };

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): HubhandError {
  const where = authority(host, port);
  if (error.code === "EADDRINUSE") {
    return new HubhandError(
      "PORT_IN_USE",
      `Cannot listen on ${where}: another process does. Stop it, or choose another port with observe.port (HUBHAND_OBSERVE_PORT, --observe-port); 0 takes any free one.`,
    );
  }
  if (error.code === "EACCES") {
    return new HubhandError(
      "CONFIG_INVALID",
      `Cannot listen on ${where}: ports below 1024 need privileges. Choose a higher observe.port.`,
    );
  }
  return new HubhandError(
    "CONFIG_INVALID",
    `Cannot listen on ${where} (${error.code ?? error.message}): is observe.host an address of this machine?`,
  );
}

/** An IPv6 address stands in brackets before its port. */
const authority = (host: string, port: number): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

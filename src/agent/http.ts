import type { Clock } from "../clock.ts";
import type { LoadedConfig } from "../config/index.ts";
import type { Logger } from "../events/logger.ts";
import type { Health } from "../observe/health.ts";
import { type HttpFace, startHttpFace } from "../observe/http/face.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import type { StatusPage } from "../observe/status-page/status-page.ts";
import { VERSION } from "../version.ts";
import { tellWhoMayLook } from "./who-may-look.ts";

export interface AgentHttpOptions {
  readonly config: LoadedConfig;
  readonly metrics: Pick<Metrics, "registry">;
  readonly health: Health;
  /** Undefined: there is none. */
  readonly page: Pick<StatusPage, "mount"> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Serves what there is to look at, and tells where it is and who may look.
 * @throws HubhandError PORT_IN_USE or CONFIG_INVALID if it cannot listen, or not with that certificate
 */
export async function openHttp({ config, metrics, page, ...options }: AgentHttpOptions): Promise<HttpFace> {
  const { logger } = options;
  const { observe } = config.values;
  const http = await startHttpFace({
    ...options,
    ...observe,
    origin: config.origin,
    registry: metrics.registry,
    version: VERSION,
    ...(page === undefined ? {} : { mount: page.mount }),
  });
  const served = page === undefined ? "metrics and health" : "status page, metrics and health";
  logger.info({ event: "http.listens", url: http.url }, `${served} at ${http.url}`);
  tellWhoMayLook({ observe, logger });
  return http;
}

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import type { CleanUp } from "../clean-up.ts";

export interface ToldDeviceOptions {
  readonly port: number;
  readonly device: string;
  /** How long ago the hub proved that calls reach it, in seconds. */
  readonly checkedAgo: number;
  /** The device's clock against this machine's, in seconds. */
  readonly clockAhead?: number;
  /** Its agent starts anew every so many seconds. */
  readonly restartsEvery?: number;
}

/**
 * A device that is only told of: the agent's own instruments, set to what a deaf agent would show, as none becomes deaf when
 * it is wanted. What they are set to is not proved by this; that is the business of test/link.
 */
export async function startToldDevice(cleanUp: CleanUp, options: ToldDeviceOptions): Promise<void> {
  const { port, device, checkedAgo, clockAhead = 0, restartsEvery = 3600 } = options;
  const metrics = createMetrics({ version: "0.0.9", node: "v24.0.0", commit: "told" });
  metrics.deviceInfo.set({ device, module: "", hub: "hub-1" }, 1);
  for (const state of ["stopped", "connecting", "online", "waiting", "closing"])
    metrics.linkState.set({ state }, state === "online" ? 1 : 0);
  metrics.linkCheckInterval.set(600);
  metrics.linkCertificateExpiry.set(Date.now() / 1000 + 90 * 86_400);
  await serve(cleanUp, port, async (response) => {
    const now = Date.now() / 1000 + clockAhead;
    metrics.clock.set(now);
    metrics.linkChecked.set(now - checkedAgo);
    metrics.linkConnectedSince.set(now - 7200);
    response.setHeader("content-type", metrics.registry.contentType);
    const startedAt = Math.floor(now / restartsEvery) * restartsEvery;
    const text = await metrics.registry.metrics();
    response.end(text.replace(/^(process_start_time_seconds) .*$/m, `$1 ${startedAt}`));
  });
}

/** A target of somebody else's; returns its address. */
export async function startStranger(cleanUp: CleanUp): Promise<string> {
  const port = await serve(cleanUp, 0, (response) => response.end("node_load1 0.5\n"));
  return `127.0.0.1:${port}`;
}

async function serve(
  cleanUp: CleanUp,
  port: number,
  answer: (response: ServerResponse) => unknown,
): Promise<number> {
  const server = createServer((_, response) => void answer(response));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  cleanUp.add(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

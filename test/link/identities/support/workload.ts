import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { CleanUp } from "../../../support/clean-up.ts";

export interface Workload {
  /** `unix://…`, as the runtime of IoT Edge tells it to a module. */
  readonly uri: string;
  /** Every request so far: method and path. */
  readonly requests: readonly string[];
  /** What it answers from now on. */
  trust(certificate: string): void;
  stop(): Promise<void>;
}

/**
 * The workload API of IoT Edge's security daemon on a unix socket, as far as a module needs it: it signs with the key of
 * one module and tells which authorities to trust. By its description in the iotedge repository
 * (edgelet/api/workload_2018-06-28.yaml); the daemon itself is not to be had here.
 */
export async function startWorkload(
  cleanUp: CleanUp,
  module: { moduleId: string; generationId: string; key: string; ca: string },
): Promise<Workload> {
  const socketPath = join(await cleanUp.folder(), "workload.sock");
  const requests: string[] = [];
  let certificate = module.ca;
  const signPath = `/modules/${module.moduleId}/genid/${module.generationId}/sign?api-version=2018-06-28`;

  async function answer(request: IncomingMessage): Promise<object | undefined> {
    if (request.method === "GET" && request.url === "/trust-bundle?api-version=2018-06-28")
      return { certificate };
    if (request.method !== "POST" || request.url !== signPath) return undefined;
    const { keyId, algo, data } = (await json(request)) as Record<string, string>;
    if (keyId !== "primary" || algo !== "HMACSHA256") return undefined;
    const digest = createHmac("sha256", Buffer.from(module.key, "base64"))
      .update(Buffer.from(data ?? "", "base64"))
      .digest("base64");
    return { digest };
  }

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(request).then((body) => {
      response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(body ?? { message: "no such thing" }));
    });
  });
  server.listen(socketPath);
  await once(server, "listening");
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  cleanUp.add(stop);
  return {
    uri: `unix://${socketPath}`,
    requests,
    trust: (text) => {
      certificate = text;
    },
    stop,
  };
}

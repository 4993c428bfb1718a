import http from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createDispatcher } from "../../../src/methods/dispatcher.ts";
import { createMethodRegistry } from "../../../src/methods/registry.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import type { HttpDeclaration } from "../../../src/plugins/declaration/declaration.ts";
import { hostHttp } from "../../../src/plugins/hosts/http.ts";
import { noTelemetry } from "../../../src/plugins/no-telemetry.ts";
import type { Plugin } from "../../../src/plugins/plugin.ts";
import { createLogBook, type LogBook } from "../../support/agent/log-lines.ts";
import type { CleanUp } from "../../support/clean-up.ts";
import { createFakeClock, type FakeClock } from "../../support/time/fake-clock.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A plugin of kind http behind the real dispatcher. */
export interface HttpBench {
  readonly plugin: Plugin;
  readonly clock: FakeClock;
  readonly log: LogBook;
  /** `up`, `down: …`, in order. */
  readonly seen: readonly string[];
  call(method: string, payload?: unknown): Promise<Answer>;
}

export async function createHttpBench(
  cleanUp: CleanUp,
  declaration: Partial<HttpDeclaration> & { readonly url: string },
  settings: Record<string, unknown> = {},
): Promise<HttpBench> {
  const clock = createFakeClock();
  const log = await createLogBook();
  const plugin = hostHttp({
    declaration: {
      name: "side",
      kind: "http",
      headers: {},
      methods: { "side.do": {}, "side.quick": { timeout: "150ms" } },
      tasks: {},
      ...declaration,
    },
    settings,
    defaults: { timeout: 10_000, concurrency: 16, queue: 64 },
    telemetry: noTelemetry,
    logger: log.logger,
    clock,
  });
  cleanUp.add(() => plugin.stop());
  const registry = createMethodRegistry();
  registry.add(plugin.methods);
  const metrics = createMetrics({ version: "1.2.3", node: "v24", commit: "abc" });
  const dispatcher = createDispatcher({ registry, metrics, logger: log.logger });
  const seen: string[] = [];
  await plugin.start({
    up: () => seen.push("up"),
    down: (problem) => seen.push(`down: ${problem}`),
    restarted: () => seen.push("restarted"),
  });
  let calls = 0;
  return {
    plugin,
    clock,
    log,
    seen,
    call: (method, payload) =>
      new Promise((resolve) => {
        calls += 1;
        dispatcher.dispatch({
          requestId: `r${calls}`,
          methodName: method,
          payload: Buffer.from(payload === undefined ? "" : JSON.stringify(payload)),
          reply: (status, body) => resolve({ status, body: JSON.parse(body) as unknown }),
        });
      }),
  };
}

/** A request as a service got it. */
export interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly Got[];
  /** Connections that were made to it. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** A real HTTP service on 127.0.0.1, gone after the test. */
export async function startService(
  cleanUp: CleanUp,
  answer: (response: http.ServerResponse, request: Got) => void,
  port = 0,
): Promise<Service> {
  const requests: Got[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url, headers } = request;
    const got = { method, url, headers, body: Buffer.concat(chunks).toString() };
    requests.push(got);
    answer(response, got);
  });
  const rest = await listen(cleanUp, server, port);
  return {
    ...rest,
    requests,
    get connections() {
      return rest.sockets.length;
    },
  };
}

/** A service that speaks bytes: whatever it gets, `talk` has the connection. */
export async function startRawService(
  cleanUp: CleanUp,
  talk: (socket: Socket) => void,
): Promise<Pick<Service, "url" | "port" | "stop">> {
  return listen(
    cleanUp,
    createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => talk(socket));
    }),
    0,
  );
}

async function listen(cleanUp: CleanUp, server: Server, wanted: number) {
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(wanted, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  cleanUp.add(stop);
  return { url: `http://127.0.0.1:${port}`, port, sockets, stop };
}

import { request as askHttp, type IncomingHttpHeaders } from "node:http";
import { request as askHttps } from "node:https";
import { connect } from "node:net";
import type { Clock } from "../../../src/clock.ts";
import { systemClock } from "../../../src/clock.ts";
import { createHealth } from "../../../src/observe/health.ts";
import { type HttpFace, type HttpFaceOptions, startHttpFace } from "../../../src/observe/http/face.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import type { CleanUp } from "../clean-up.ts";
import { createLogBook, type LogBook } from "./log-lines.ts";

export interface Face extends HttpFace, Pick<LogBook, "lines" | "text"> {
  readonly port: number;
}

/** The HTTP face for real, on a port of its own, with what an agent has that is not configured otherwise. */
export async function startFace(cleanUp: CleanUp, options: Partial<HttpFaceOptions> = {}): Promise<Face> {
  const { logger, lines, text } = await createLogBook();
  const started = await startHttpFace({
    host: "127.0.0.1",
    port: 0,
    allowedHosts: [],
    username: "hubhand",
    password: null,
    token: null,
    controlToken: null,
    tls: { certificateFile: null, keyFile: null },
    origin: () => "default",
    registry: createMetrics({ version: "1.2.3", node: "v24", commit: "abc" }).registry,
    health: createHealth(),
    version: "1.2.3",
    clock: systemClock,
    logger,
    ...options,
  });
  cleanUp.add(() => started.stop());
  return { ...started, port: Number(new URL(started.url).port), lines, text };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks with headers that `fetch` would not send, such as another Host; whose certificate it is does not matter. */
export function ask(
  url: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = Promise.withResolvers<Answer>();
  const request = url.startsWith("https:") ? askHttps : askHttp;
  request(url, { method, headers, agent: false, rejectUnauthorized: false }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk) => {
      text += chunk;
    });
    response.on("error", answer.reject);
    response.on("end", () =>
      answer.resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
    );
  })
    .on("error", answer.reject)
    .end();
  return answer.promise;
}

/** Sends these bytes, and resolves with all that comes back; when something has, it has no more to say. */
export function sendRaw(port: number, text: string): Promise<string> {
  const answer = Promise.withResolvers<string>();
  let received = "";
  const socket = connect(port, "127.0.0.1")
    .setEncoding("latin1")
    .on("data", (chunk) => {
      received += chunk;
      socket.end();
    })
    .on("close", () => answer.resolve(received))
    .on("error", answer.reject);
  socket.write(text, "latin1");
  return answer.promise;
}

/** A clock whose waits are over at once. */
export const hurriedClock: Clock = {
  ...systemClock,
  setTimer: (milliseconds, fire) => systemClock.setTimer(milliseconds > 2_000 ? milliseconds : 0, fire),
};

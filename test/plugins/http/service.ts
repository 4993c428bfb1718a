import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { CleanUp } from "../../support/clean-up.ts";

export interface SeenRequest {
  readonly url: string | undefined;
  readonly method: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly socket: Socket;
}

export interface Service {
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  stop(): Promise<void>;
}

/** A real service, as a sidecar would be. */
export async function startService(
  cleanUp: CleanUp,
  answer: (response: ServerResponse, request: SeenRequest) => void,
  port = 0,
): Promise<Service> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const { url, method, headers, socket } = request;
      const seen = { url, method, headers, body, socket };
      requests.push(seen);
      answer(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  cleanUp.add(stop);
  return { port: (server.address() as AddressInfo).port, requests, stop };
}

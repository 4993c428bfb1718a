import type { IncomingMessage } from "node:http";
import { type PrepareRequestFunctionResult, RequestError, Server } from "proxy-chain";

export interface TestProxy {
  port: number;
  /** `http://user:password@127.0.0.1:port`, with what it asks for. */
  url: string;
  /** What the tunnels it made were asked to lead to, `host:port` each, in order. */
  tunnels: readonly string[];
  /** What it was asked for and did not give, be it for want of a password. */
  refused: readonly string[];
  /** Answers every CONNECT with this status from now on; undefined lets all in again. */
  refuse(status: number | undefined): void;
  /** Ends the tunnels there are; new ones are welcome. */
  cut(): void;
  stop(): Promise<void>;
}

export interface TestProxyOptions {
  /** Asks for this user and password; for none if absent. */
  credentials?: { user: string; password: string };
  /** Leads every tunnel to this port of 127.0.0.1, whatever was asked for: the SDKs know only 443. */
  leadTo?: number;
  /** 0, the default, takes any free port. */
  port?: number;
}

/** Most of it is proxy-chain's; this one knows where its tunnels really lead. */
class LeadingProxy extends Server {
  leadTo: number | undefined;
  readonly asked = new WeakMap<IncomingMessage, string>();

  override onConnect(...[request, socket, head]: Parameters<Server["onConnect"]>): Promise<void> {
    this.asked.set(request, request.url ?? "");
    if (this.leadTo !== undefined) request.url = `127.0.0.1:${this.leadTo}`;
    return super.onConnect(request, socket, head);
  }
}

/** A real HTTP CONNECT proxy on 127.0.0.1. */
export async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const { credentials, leadTo, port = 0 } = options;
  const tunnels: string[] = [];
  const refused: string[] = [];
  let refusal: number | undefined;

  const server = new LeadingProxy({
    host: "127.0.0.1",
    port,
    prepareRequestFunction({ request, username, password }): PrepareRequestFunctionResult {
      const target = server.asked.get(request) ?? request.url ?? "";
      if (refusal !== undefined) {
        refused.push(target);
        throw new RequestError("this proxy refuses everything for now", refusal);
      }
      if (credentials && (username !== credentials.user || password !== credentials.password)) {
        refused.push(target);
        return { requestAuthentication: true };
      }
      tunnels.push(target);
      return {};
    },
  });
  server.leadTo = leadTo;
  await server.listen();

  const login = credentials ? `${credentials.user}:${encodeURIComponent(credentials.password)}@` : "";
  let stopped: Promise<void> | undefined;
  return {
    port: server.port,
    url: `http://${login}127.0.0.1:${server.port}`,
    tunnels,
    refused,
    refuse(status) {
      refusal = status;
    },
    cut: () => server.closeConnections(),
    stop() {
      stopped ??= server.close(true);
      return stopped;
    },
  };
}

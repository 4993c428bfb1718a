import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { endSocket, leadConnection, type ProxiedConnection } from "./proxied-connection.ts";
import type { Cut, RoadRules } from "./road-rules.ts";

export interface FaultyProxy {
  readonly port: number;
  /** Where connections lead. */
  target: { readonly host: string; readonly port: number };
  /** From now on the road is like this, and like nothing else. */
  rules: RoadRules;
  /** Connections that the agent has not closed. */
  readonly open: number;
  /** When the agent made each connection, in milliseconds since 1970. */
  readonly accepted: readonly number[];
  /** Ends every connection, on both sides. */
  cut(how: Cut): void;
  /** Stops listening: the port is closed. Connections that are open stay. */
  refuse(): void;
  /** The port is open, and the road has no faults. */
  heal(): Promise<void>;
  /** Listens on another loopback address from now on, with the same port. */
  move(host: string): Promise<void>;
  stop(): void;
}

/** A road between agent and hub, on loopback, that goes wrong when it is told to. It does not look into TLS. */
export async function startFaultyProxy(target: FaultyProxy["target"]): Promise<FaultyProxy> {
  const connections = new Set<ProxiedConnection>();
  /** What was accepted and leads nowhere. */
  const strays = new Set<Socket>();
  const accepted: number[] = [];
  let rules: RoadRules = {};
  let host = "127.0.0.1";
  let server: Server | undefined;

  function accept(agent: Socket): void {
    accepted.push(Date.now());
    agent.on("error", () => {});
    const { accept: how = "pass" } = rules;
    if (how === "pass") {
      const onGone = (): boolean => connections.delete(connection);
      const connection = leadConnection({ agent, target: proxy.target, rules, onGone });
      connections.add(connection);
      return;
    }
    strays.add(agent);
    agent.once("close", () => strays.delete(agent));
    if (how === "silence") agent.resume().once("end", () => agent.destroy());
    else endSocket(agent, how);
  }

  async function listen(port: number): Promise<boolean> {
    // A server of its own each time: an old one is not closed before its last connection is.
    const next = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    next.listen({ port, host });
    try {
      await once(next, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
      throw error;
    }
    server = next;
    return true;
  }

  const port = await listenOutsideEphemeralPorts(listen);
  const proxy: FaultyProxy = {
    port,
    target,
    accepted,
    get rules() {
      return rules;
    },
    set rules(next) {
      rules = next;
      for (const connection of connections) connection.follow(next);
    },
    get open() {
      return strays.size + [...connections].filter(({ isOpen }) => isOpen).length;
    },
    cut(how) {
      for (const connection of connections) connection.end(how);
      for (const stray of strays) endSocket(stray, how);
    },
    refuse() {
      server?.close();
      server = undefined;
    },
    async heal() {
      proxy.rules = {};
      if (server === undefined && !(await listen(port))) throw new Error(`port ${port} was taken meanwhile`);
    },
    async move(to) {
      proxy.refuse();
      host = to;
      await proxy.heal();
    },
    stop() {
      proxy.refuse();
      proxy.cut("close");
    },
  };
  return proxy;
}

/**
 * A port that closes and opens again must not be lent to an outgoing connection meanwhile, as the system does with
 * those that it gives out for 0 (Linux: 32768 and above).
 */
async function listenOutsideEphemeralPorts(listen: (port: number) => Promise<boolean>): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (await listen(port)) return port;
  }
  throw new Error("no free port between 15000 and 32000");
}

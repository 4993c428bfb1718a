import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createLane, type Lane, type LaneRules } from "./proxy-lane.ts";

/** `up` is from the agent to the hub, `down` the way back. */
export type Direction = "up" | "down";

/** How a connection is ended: with a FIN, or with an RST. */
export type Cut = "close" | "reset";

/** What the road does to traffic; what is left out it does not do. All of it holds for connections that are open already. */
export interface RoadRules {
  /** New connections are accepted, and then: led to the hub (default), left alone, ended. */
  readonly accept?: "pass" | "silence" | Cut;
  /** Nothing that is sent this way arrives, not even that the other side has gone. */
  readonly blackHole?: Direction | "both";
  /** Milliseconds that everything takes, each way. */
  readonly delay?: number;
  /** Each way, each connection. */
  readonly bytesPerSecond?: number;
  /** After so many bytes one way the connection ends, or nothing more goes that way for good. */
  readonly cutAfter?: { readonly bytes: number; readonly direction: Direction; readonly how: Cut | "stall" };
}

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

interface Connection {
  readonly agent: Socket;
  readonly hub: Socket;
  readonly lanes: Readonly<Record<Direction, Lane>>;
}

/** A road between agent and hub, on loopback, that goes wrong when it is told to. It does not look into TLS. */
export async function startFaultyProxy(target: FaultyProxy["target"]): Promise<FaultyProxy> {
  const connections = new Set<Connection>();
  const strays = new Set<Socket>();
  let rules: RoadRules = {};
  const accepted: number[] = [];
  let host = "127.0.0.1";
  let server: Server | undefined;

  function accept(agent: Socket): void {
    accepted.push(Date.now());
    agent.on("error", () => {});
    const { accept: how = "pass" } = rules;
    if (how === "pass") {
      lead(agent);
      return;
    }
    strays.add(agent);
    agent.once("close", () => strays.delete(agent));
    if (how === "silence") agent.resume().once("end", () => agent.destroy());
    else endSocket(agent, how);
  }

  function lead(agent: Socket): void {
    const hub = connect({ ...proxy.target, allowHalfOpen: true, noDelay: true });
    const cutAt = (direction: Direction) => (forwarded: number) => {
      const { cutAfter } = rules;
      if (cutAfter?.direction !== direction) return undefined;
      const { how } = cutAfter;
      return { left: cutAfter.bytes - forwarded, end: () => how !== "stall" && endBoth(connection, how) };
    };
    const connection: Connection = {
      agent,
      hub,
      lanes: {
        up: createLane({ from: agent, to: hub, cutAt: cutAt("up") }),
        down: createLane({ from: hub, to: agent, cutAt: cutAt("down") }),
      },
    };
    connections.add(connection);
    apply(connection);
    const forget = (): void => {
      if (agent.destroyed && hub.destroyed) connections.delete(connection);
    };
    agent.once("close", forget);
    hub.once("close", forget);
  }

  function apply({ lanes }: Connection): void {
    for (const direction of ["up", "down"] as const) {
      const held = rules.blackHole === "both" || rules.blackHole === direction;
      const { delay = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = rules;
      lanes[direction].follow({ held, delay, bytesPerSecond } satisfies LaneRules);
    }
  }

  function cut(how: Cut): void {
    for (const connection of connections) endBoth(connection, how);
    for (const stray of strays) endSocket(stray, how);
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

  function refuse(): void {
    server?.close();
    server = undefined;
  }

  const port = await listenOutsideEphemeralPorts(listen);
  const proxy: FaultyProxy = {
    port,
    target,
    get rules() {
      return rules;
    },
    set rules(next) {
      rules = next;
      for (const connection of connections) apply(connection);
    },
    get open() {
      return (
        strays.size + [...connections].filter(({ agent }) => !agent.destroyed && !agent.readableEnded).length
      );
    },
    accepted,
    cut,
    refuse,
    async heal() {
      proxy.rules = {};
      if (server === undefined && !(await listen(port))) throw new Error(`port ${port} was taken meanwhile`);
    },
    async move(to) {
      refuse();
      host = to;
      await proxy.heal();
    },
    stop() {
      refuse();
      cut("close");
    },
  };
  return proxy;
}

function endBoth({ agent, hub, lanes }: Connection, how: Cut): void {
  lanes.up.stop();
  lanes.down.stop();
  endSocket(agent, how);
  endSocket(hub, how);
}

function endSocket(socket: Socket, how: Cut): void {
  if (how === "reset") socket.resetAndDestroy();
  else socket.destroy();
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

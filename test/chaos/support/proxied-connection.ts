import { connect, type Socket } from "node:net";
import { createLane } from "./proxy-lane.ts";
import type { Cut, Direction, RoadRules } from "./road-rules.ts";

/** A connection of the agent, and the one to the hub that it is led over. */
export interface ProxiedConnection {
  /** Whether the agent has not closed it. */
  readonly isOpen: boolean;
  follow(rules: RoadRules): void;
  /** Ends it on both sides. */
  end(how: Cut): void;
}

export interface ProxiedConnectionOptions {
  readonly agent: Socket;
  readonly target: { readonly host: string; readonly port: number };
  readonly rules: RoadRules;
  /** Both sides are closed. */
  onGone(): void;
}

export function leadConnection(options: ProxiedConnectionOptions): ProxiedConnection {
  const { agent, onGone } = options;
  const hub = connect({ ...options.target, allowHalfOpen: true, noDelay: true });
  let { rules } = options;

  const cutAt = (direction: Direction) => (forwarded: number) => {
    const { cutAfter } = rules;
    if (cutAfter?.direction !== direction) return undefined;
    const { bytes, how } = cutAfter;
    return { left: bytes - forwarded, end: () => how !== "stall" && end(how) };
  };
  const lanes = {
    up: createLane({ from: agent, to: hub, cutAt: cutAt("up") }),
    down: createLane({ from: hub, to: agent, cutAt: cutAt("down") }),
  } as const;

  function follow(next: RoadRules): void {
    rules = next;
    const { blackHole, delay = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = rules;
    for (const direction of ["up", "down"] as const) {
      const held = blackHole === "both" || blackHole === direction;
      lanes[direction].follow({ held, delay, bytesPerSecond });
    }
  }

  function end(how: Cut): void {
    lanes.up.stop();
    lanes.down.stop();
    endSocket(agent, how);
    endSocket(hub, how);
  }

  const closed = (): void => {
    if (agent.destroyed && hub.destroyed) onGone();
  };
  agent.once("close", closed);
  hub.once("close", closed);
  follow(rules);
  return {
    get isOpen() {
      return !agent.destroyed && !agent.readableEnded;
    },
    follow,
    end,
  };
}

export function endSocket(socket: Socket, how: Cut): void {
  if (how === "reset") socket.resetAndDestroy();
  else socket.destroy();
}

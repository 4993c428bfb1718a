import type { Fault } from "../support/fault.ts";
import type { LocalScene } from "../support/local-scene.ts";
import { BROKEN_OFF, DEAD, LOST, NOBODY, SHORT_ATTEMPTS, SILENCE } from "../support/sights.ts";

/** What happens to packets between agent and hub. */
export const ROAD_FAULTS: readonly Fault<LocalScene>[] = [
  {
    name: "a port that is closed before it starts",
    fromTheStart: true,
    strike: ({ proxy }) => proxy.refuse(),
    lasting: NOBODY,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a port that closes, connections included",
    strike({ proxy }) {
      proxy.refuse();
      proxy.cut("close");
    },
    passing: [LOST],
    lasting: NOBODY,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a connection that is closed",
    strike: ({ proxy }) => proxy.cut("close"),
    passing: [LOST],
  },
  {
    name: "a connection that is reset",
    strike: ({ proxy }) => proxy.cut("reset"),
    passing: [LOST],
  },
  {
    name: "a road that resets every connection",
    strike({ proxy }) {
      proxy.rules = { accept: "reset" };
      proxy.cut("reset");
    },
    passing: [LOST],
    lasting: BROKEN_OFF,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a road that closes every connection",
    strike({ proxy }) {
      proxy.rules = { accept: "close" };
      proxy.cut("close");
    },
    passing: [LOST],
    lasting: BROKEN_OFF,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a road on which packets vanish, both ways",
    config: SHORT_ATTEMPTS,
    strike({ proxy }) {
      proxy.rules = { blackHole: "both" };
    },
    passing: [DEAD],
    lasting: SILENCE,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a road on which the hub's packets vanish",
    config: SHORT_ATTEMPTS,
    strike({ proxy }) {
      proxy.rules = { blackHole: "down" };
    },
    passing: [DEAD],
    lasting: SILENCE,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a road on which the agent's packets vanish",
    config: SHORT_ATTEMPTS,
    strike({ proxy }) {
      proxy.rules = { blackHole: "up" };
    },
    // The hub may hang up first: it has not heard of the agent for too long either.
    passing: [DEAD, LOST],
    lasting: SILENCE,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a port that accepts and says nothing",
    config: SHORT_ATTEMPTS,
    strike({ proxy }) {
      proxy.rules = { accept: "silence" };
      proxy.cut("close");
    },
    passing: [LOST],
    lasting: SILENCE,
    heal: ({ proxy }) => proxy.heal(),
  },
  {
    name: "a road that is slow",
    strike({ proxy }) {
      proxy.rules = { delay: 150 };
    },
  },
];

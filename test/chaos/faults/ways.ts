import { expect } from "vitest";
import type { Fault } from "../support/fault.ts";
import type { LocalScene } from "../support/local-scene.ts";
import { readiness } from "../support/look.ts";
import { DEAD, LOST, NOBODY, SHORT_ATTEMPTS, SILENCE } from "../support/sights.ts";

const EITHER_WAY = { HUBHAND_LINK_TRANSPORT: "auto" } as const;
const BY_WEB_SOCKETS = { HUBHAND_LINK_TRANSPORT: "websockets" } as const;

const isOnlineBy = (way: string) => async (scene: LocalScene) =>
  expect((await readiness(scene.agent)).link.way).toBe(way);

/** What happens to one of the two ways to the hub, or to the one that is not MQTT's. */
export const WAY_FAULTS: readonly Fault<LocalScene>[] = [
  {
    name: "a closed port 8883, as it may go by 443",
    fromTheStart: true,
    config: EITHER_WAY,
    strike: ({ proxy }) => proxy.refuse(),
    afterwards: isOnlineBy("websockets"),
  },
  {
    name: "a firewall that drops port 8883, as it may go by 443",
    fromTheStart: true,
    config: { ...EITHER_WAY, HUBHAND_LINK_DIAL_TIMEOUT: "1s" },
    strike({ proxy }) {
      proxy.rules = { accept: "silence" };
    },
    afterwards: isOnlineBy("websockets"),
  },
  {
    name: "a port 8883 that closes while it is online, as it may go by 443",
    config: EITHER_WAY,
    strike({ proxy }) {
      proxy.refuse();
      proxy.cut("reset");
    },
    passing: [LOST],
    afterwards: isOnlineBy("websockets"),
  },
  {
    name: "both ports closed, of which only 443 opens again",
    config: EITHER_WAY,
    strike({ proxy, webProxy }) {
      webProxy.refuse();
      proxy.refuse();
      proxy.cut("reset");
    },
    passing: [LOST],
    lasting: NOBODY,
    heal: ({ webProxy }) => webProxy.heal(),
    afterwards: isOnlineBy("websockets"),
  },
  {
    name: "a closed port 443, by which it has to go",
    config: BY_WEB_SOCKETS,
    strike({ webProxy }) {
      webProxy.refuse();
      webProxy.cut("close");
    },
    passing: [LOST],
    lasting: NOBODY,
    heal: ({ webProxy }) => webProxy.heal(),
    afterwards: isOnlineBy("websockets"),
  },
  {
    name: "a WebSocket that is reset",
    config: BY_WEB_SOCKETS,
    strike: ({ webProxy }) => webProxy.cut("reset"),
    passing: [LOST],
  },
  {
    name: "a WebSocket on which packets vanish, both ways",
    config: { ...BY_WEB_SOCKETS, ...SHORT_ATTEMPTS },
    strike({ webProxy }) {
      webProxy.rules = { blackHole: "both" };
    },
    passing: [DEAD],
    lasting: SILENCE,
    heal: ({ webProxy }) => webProxy.heal(),
  },
];

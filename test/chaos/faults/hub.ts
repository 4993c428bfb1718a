import type { Fault } from "../support/fault.ts";
import { DEVICE_ID, type LocalScene } from "../support/local-scene.ts";
import { BROKEN_OFF, LOST, NOBODY } from "../support/sights.ts";

/** A hub that comes and goes. */
export const HUB_FAULTS: readonly Fault<LocalScene>[] = [
  {
    name: "a hub that is not there when it starts",
    fromTheStart: true,
    async strike({ proxy, stopHub }) {
      proxy.refuse();
      await stopHub();
    },
    lasting: NOBODY,
    async heal({ proxy, startHub }) {
      await startHub();
      await proxy.heal();
    },
  },
  {
    name: "a hub that is switched off, and on again",
    async strike({ proxy, stopHub }) {
      proxy.refuse();
      await stopHub();
    },
    passing: [LOST],
    lasting: NOBODY,
    async heal({ proxy, startHub }) {
      await startHub();
      await proxy.heal();
    },
  },
  {
    name: "a hub that is gone behind a load balancer that still listens",
    strike: ({ stopHub }) => stopHub(),
    passing: [LOST],
    lasting: BROKEN_OFF,
    heal: ({ startHub }) => startHub(),
  },
  {
    name: "a hub that restarts, and has forgotten every session",
    strike: ({ startHub }) => startHub(),
    passing: [LOST, BROKEN_OFF],
  },
  {
    name: "a hub that ends the connection and forgets its session",
    async strike({ hub }) {
      hub.disconnect(DEVICE_ID);
      await hub.forgetSession(DEVICE_ID);
    },
    passing: [LOST],
  },
  {
    name: "a hub that forgets its session and tells nobody: it is not deaf for longer than its check",
    config: { HUBHAND_LINK_SUBSCRIPTION_CHECK: "1s" },
    strike: ({ hub }) => hub.forgetSession(DEVICE_ID),
  },
];

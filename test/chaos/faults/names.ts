import type { Fault } from "../support/fault.ts";
import type { LocalScene } from "../support/local-scene.ts";
import type { NamingAgent } from "../support/name-service.ts";
import { LOST, NOBODY } from "../support/sights.ts";

/** What happens to the name of the hub. */
export const NAME_FAULTS: readonly Fault<LocalScene<NamingAgent>>[] = [
  {
    name: "a name that is gone",
    async strike({ agent, proxy }) {
      await agent.setAddress(undefined);
      proxy.cut("close");
    },
    passing: [LOST],
    lasting: { class: "network", reason: "ENOTFOUND" },
    heal: ({ agent }) => agent.setAddress("127.0.0.1"),
  },
  {
    name: "a name server that does not answer",
    async strike({ agent, proxy }) {
      await agent.setServer("silent");
      await agent.setAddress(undefined);
      proxy.cut("close");
    },
    // Between the two changes a name does not exist.
    passing: [LOST],
    lasting: { class: "network", reason: "EAI_AGAIN" },
    heal: ({ agent }) => agent.setAddress("127.0.0.1"),
  },
  {
    name: "a hub that moves to another address",
    strike: ({ proxy }) => {
      proxy.refuse();
      proxy.cut("close");
    },
    passing: [LOST],
    lasting: NOBODY,
    async heal({ agent, proxy }) {
      await proxy.move("127.0.0.2");
      await agent.setAddress("127.0.0.2");
    },
  },
];

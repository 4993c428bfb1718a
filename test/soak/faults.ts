import { utimes } from "node:fs/promises";
import { HUB_FAULTS } from "../chaos/faults/hub.ts";
import { IDENTITY_FAULTS } from "../chaos/faults/identity.ts";
import { ROAD_FAULTS } from "../chaos/faults/road.ts";
import { TLS_FAULTS } from "../chaos/faults/tls.ts";
import type { ProcessAgent } from "../chaos/support/agent-process.ts";
import type { Fault } from "../chaos/support/fault.ts";
import type { LocalScene } from "../chaos/support/local-scene.ts";
import { DEAD } from "../chaos/support/sights.ts";

export type SoakScene = LocalScene<ProcessAgent>;

/** A fault that can strike at any time, as often as it likes. */
export interface SoakFault {
  readonly name: string;
  /** @param random a number in [0, 1) */
  strike(scene: SoakScene, random: () => number): unknown;
  /** Without it the fault passes by itself. */
  heal?(scene: SoakScene): unknown;
  /** What is sent while it lasts, or until the agent is back, does not arrive, and neither side can know. */
  readonly silence?: "until healed" | "until back";
}

const DAY = 24 * 60 * 60_000;

/** What the hub sends to the other client is answered by nobody. */
const TAKEOVERS = /^another client that takes its identity/;

/** The fault suite's table, as far as one run can have all of it. */
const FROM_THE_TABLE: readonly SoakFault[] = [
  ...HUB_FAULTS,
  ...ROAD_FAULTS,
  ...IDENTITY_FAULTS,
  ...TLS_FAULTS,
]
  .filter(({ fromTheStart }) => fromTheStart !== true)
  .map(asSoakFault);

function asSoakFault({ name, strike, heal, passing = [] }: Fault<LocalScene>): SoakFault {
  // What nobody heals passes by itself, if the agent notices it at all; a road that it stands stays as it is.
  const isOver = heal === undefined && passing.length > 0;
  // Who finds by a ping without answer that the link is dead had no other way to know.
  const isSilent = passing.includes(DEAD);
  const silence = isSilent ? "until healed" : TAKEOVERS.test(name) ? "until back" : undefined;
  return {
    name,
    strike: (scene) => strike(scene),
    ...(isOver ? {} : { heal: (scene: SoakScene) => (heal ? heal(scene) : scene.proxy.heal()) }),
    ...(silence !== undefined && { silence }),
  };
}

export const SOAK_FAULTS: readonly SoakFault[] = [
  ...FROM_THE_TABLE,
  {
    name: "a process that stands still",
    silence: "until healed",
    strike: ({ agent }) => agent.pause(),
    heal: ({ agent }) => agent.resume(),
  },
  ...[DAY, -DAY].map(
    (ahead): SoakFault => ({
      name: `a clock that jumps a day ${ahead > 0 ? "forward" : "backward"} under a connection that is cut`,
      async strike({ agent, proxy }) {
        await agent.setClock(ahead);
        proxy.cut("close");
      },
      heal: ({ agent }) => agent.setClock(0),
    }),
  ),
  {
    name: "a clock that jumps some minutes",
    strike: ({ agent }, random) => agent.setClock(Math.round((random() - 0.5) * 20 * 60_000)),
    heal: ({ agent }) => agent.setClock(0),
  },
  {
    name: "openings that are cut at some byte",
    strike({ proxy }, random) {
      const direction = random() < 0.5 ? "up" : "down";
      proxy.rules = {
        cutAfter: {
          bytes: 1 + Math.floor(random() * 3_200),
          direction,
          how: random() < 0.5 ? "reset" : "close",
        },
      };
      proxy.cut("reset");
    },
    heal: ({ proxy }) => proxy.heal(),
  },
];

/** What is no fault at all: nothing may be lost by it. */
export const RENEWAL: SoakFault = {
  name: "the file of its authority is renewed",
  strike: ({ files }) => utimes(files.ca, new Date(), new Date()),
};

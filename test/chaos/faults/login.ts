import type { Faults } from "../../link/faulty-hub.ts";
import type { Fault, Sight } from "../support/fault.ts";
import type { FaultyScene } from "../support/faulty-scene.ts";
import { DEAD, LOST, RIVAL, SHORT_ATTEMPTS } from "../support/sights.ts";

/** A hub that does this from now on, also to those that it has to login again, and does it no more in the end. */
function hubThat(faults: Faults): Pick<Fault<FaultyScene>, "strike" | "passing" | "heal"> {
  return {
    strike({ hub, proxy }) {
      Object.assign(hub.faults, faults);
      proxy.cut("close");
    },
    passing: [LOST],
    heal({ hub }) {
      for (const kind of Object.keys(faults) as (keyof Faults)[]) delete hub.faults[kind];
    },
  };
}

const refused = (reason: string): Sight => ({ class: "refused", reason });

/** What a device never gets from a hub. The last two stop the parser of the SDK's client: the keep-alive notices. */
const NOT_MQTT: Readonly<Record<string, Buffer>> = {
  "an answer of another protocol": Buffer.from("HTTP/1.1 503 Service Unavailable\r\n\r\n"),
  "a packet of no kind": Buffer.from([0x00, 0x00]),
  "a packet whose length never ends": Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]),
  "a packet that only clients send": Buffer.from([0xc0, 0x00]),
  "the beginning of a packet of 200 MB": Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x01]),
};

/** What the hub does wrong inside MQTT, up to the subscription and after it. */
export const LOGIN_FAULTS: readonly Fault<FaultyScene>[] = [
  {
    name: "a hub that does not answer the login",
    config: SHORT_ATTEMPTS,
    ...hubThat({ connect: "silence" }),
    lasting: refused("timeout-connecting"),
  },
  {
    name: "a hub that is unavailable (CONNACK 3)",
    ...hubThat({ connect: 3 }),
    lasting: refused("connack-3"),
  },
  {
    name: "a hub that rejects its identity (CONNACK 5)",
    ...hubThat({ connect: 5 }),
    lasting: { class: "unauthorized", reason: "connack-5" },
  },
  {
    name: "a hub that throttles: it hangs up at the login",
    ...hubThat({ connect: "hang-up" }),
    lasting: refused("closed-connecting"),
  },
  {
    name: "a hub that refuses the subscription (SUBACK 128)",
    ...hubThat({ subscribe: 128 }),
    lasting: refused("suback-128"),
  },
  {
    name: "a hub that does not acknowledge the subscription",
    config: SHORT_ATTEMPTS,
    ...hubThat({ subscribe: "silence" }),
    lasting: refused("timeout-subscribing"),
  },
  {
    name: "a hub that hangs up at the subscription",
    ...hubThat({ subscribe: "hang-up" }),
    // From outside it looks as a rival with the same identity does, and that is what a person should look for first.
    passing: [LOST, refused("closed-subscribing")],
    lasting: RIVAL,
  },
  {
    name: "a hub that hangs with its sockets open",
    config: SHORT_ATTEMPTS,
    strike: ({ hub }) => Object.assign(hub.faults, { ping: "silence", connect: "silence" } satisfies Faults),
    passing: [DEAD],
    lasting: refused("timeout-connecting"),
    heal({ hub }) {
      delete hub.faults.ping;
      delete hub.faults.connect;
    },
  },
  {
    name: "a hub that answers pings, and no subscription any more",
    config: { ...SHORT_ATTEMPTS, HUBHAND_LINK_SUBSCRIPTION_CHECK: "1s" },
    strike: ({ hub }) => Object.assign(hub.faults, { subscribe: "silence" } satisfies Faults),
    passing: [{ class: "lost", reason: "check-unanswered" }],
    lasting: refused("timeout-subscribing"),
    heal({ hub }) {
      delete hub.faults.subscribe;
    },
  },
  ...Object.entries(NOT_MQTT).map(
    ([what, bytes]): Fault<FaultyScene> => ({
      name: `a hub that sends ${what}`,
      strike({ hub }) {
        for (const socket of hub.open) socket.write(bytes);
      },
      passing: [{ class: "lost", reason: /^(not-understood|closed-online|keepalive)$/ }],
    }),
  ),
];

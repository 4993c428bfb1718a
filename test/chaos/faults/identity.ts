import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { connectRawDevice, openUntendedRawDevice } from "../../local-hub/support/raw-device.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import type { Fault, Sight } from "../support/fault.ts";
import { DEVICE_ID, type LocalScene, SECONDARY_KEY } from "../support/local-scene.ts";
import { JUST_SET, LOST, RIVAL } from "../support/sights.ts";

const UNWELCOME: Sight = { class: "unauthorized", reason: "connack-5" };
const HOUR = 60 * 60_000;

/** What the hub thinks of the device. */
export const IDENTITY_FAULTS: readonly Fault<LocalScene>[] = [
  {
    name: "a device that is disabled, and enabled again",
    strike: ({ hub }) => hub.registry.update({ deviceId: DEVICE_ID, status: "disabled" }),
    passing: [LOST],
    lasting: UNWELCOME,
    heal: ({ hub }) => hub.registry.update({ deviceId: DEVICE_ID, status: "enabled" }),
  },
  {
    name: "a device that is deleted, and created again",
    strike: ({ hub }) => hub.registry.delete(DEVICE_ID),
    passing: [LOST],
    lasting: UNWELCOME,
    heal: ({ hub, deviceKey }) => hub.registry.create({ deviceId: DEVICE_ID, primaryKey: deviceKey }),
  },
  {
    name: "a key that is rotated, and put back",
    strike: ({ hub }) =>
      hub.registry.update({ deviceId: DEVICE_ID, primaryKey: keyOf("next"), secondaryKey: keyOf("last") }),
    passing: [LOST],
    lasting: UNWELCOME,
    heal: ({ hub, deviceKey }) => hub.registry.update({ deviceId: DEVICE_ID, primaryKey: deviceKey }),
  },
  {
    name: "a key that is rotated, of which it has the new one in time: the secondary",
    config: { HUBHAND_HUB_SECONDARY_KEY: SECONDARY_KEY },
    strike: ({ hub }) => hub.registry.update({ deviceId: DEVICE_ID, primaryKey: keyOf("next") }),
    passing: [LOST, UNWELCOME],
  },
  {
    name: "a key that is rotated, and comes by its file",
    strike: ({ hub }) =>
      hub.registry.update({ deviceId: DEVICE_ID, primaryKey: keyOf("next"), secondaryKey: keyOf("last") }),
    passing: [LOST],
    lasting: UNWELCOME,
    async heal({ files, deviceKey }) {
      const text = await readFile(files.connectionString, "utf8");
      await writeFile(files.connectionString, text.replace(deviceKey, keyOf("next")));
    },
  },
  {
    name: "a hub whose clock is hours ahead, so that its fresh tokens are expired",
    strike(scene) {
      scene.hubAhead = 2 * HOUR;
      scene.hub.disconnect(DEVICE_ID);
    },
    passing: [LOST, JUST_SET],
    // Which of the two clocks is wrong cannot be told from here.
    lasting: { class: "clock", reason: "clock-connack-5" },
    heal(scene) {
      scene.hubAhead = 0;
    },
  },
  {
    name: "a token that expires while it is online",
    // The hub's clock is so far ahead that a token of an hour, which ends with a whole second, has one or two left.
    async strike(scene) {
      scene.hubAhead = HOUR - 2_000;
      scene.hub.disconnect(DEVICE_ID);
      await waitUntil("a token expired", () =>
        scene.events.some((event) => event.event === "disconnected" && event.reason.includes("401003")),
      );
    },
    passing: [LOST],
    heal(scene) {
      scene.hubAhead = 0;
    },
  },
  {
    name: "another client that takes its identity, once",
    async strike({ hub, atEnd }) {
      const intruder = await connectIntruder(hub);
      atEnd(() => intruder.destroy());
    },
    passing: [LOST],
  },
  anotherClientThatFightsBack(),
];

function anotherClientThatFightsBack(): Fault<LocalScene> {
  let over = new AbortController();
  return {
    name: "another client that takes its identity, again and again",
    strike({ hub, atEnd }) {
      over = new AbortController();
      const fight = fightBack(hub, over.signal);
      atEnd(() => {
        over.abort();
        return fight;
      });
    },
    passing: [RIVAL, LOST],
    heal: () => over.abort(),
  };
}

/** How long the other client waits before it connects again, in milliseconds. */
const BREATH = 500;

/** Logs in anew whenever it was thrown out, until it is over. */
async function fightBack(hub: LocalHub, over: AbortSignal): Promise<void> {
  const aborted = once(over, "abort");
  while (!over.aborted) {
    // It may be thrown out again before it is through.
    const intruder = await connectIntruder(hub, { methods: true }).catch(() => undefined);
    await Promise.race([intruder?.closed, aborted]);
    intruder?.destroy();
    await Promise.race([new Promise((resolve) => setTimeout(resolve, BREATH)), aborted]);
  }
}

const connectIntruder = (hub: LocalHub, options: { methods?: boolean } = {}) =>
  connectRawDevice({ hub, deviceId: DEVICE_ID, open: openUntendedRawDevice, ...options });

const keyOf = (name: string): string =>
  createHmac("sha256", "a key of the test").update(name).digest("base64");

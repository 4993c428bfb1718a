import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type LocalHub, type LocalProvisioning, startLocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { makeAuthority, makeCertificateCard, makeKeyCards, type Place } from "./support/cards.ts";
import { createDevices, type Device } from "./support/devices.ts";

const cleanUp = cleanUpAfterAll();

const GROUP_KEY = randomBytes(32).toString("base64");
const IDS = Array.from({ length: 8 }, (_, index) => `pump-${index + 1}`);

let hub: LocalHub;
let provisioning: LocalProvisioning;
let place: Place;
let cards: string;
let start: Awaited<ReturnType<typeof createDevices>>["start"];
let states: string;
const running = new Map<string, Device>();

const isOnline = (id: string, at: LocalHub = hub): boolean =>
  at.registry.list().some(({ deviceId }) => deviceId === id) && at.isConnected(id);

beforeAll(async () => {
  hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  provisioning = await hub.startProvisioning({ retryAfterSeconds: 0 });
  provisioning.enrolments.addGroup({
    groupId: "pumps",
    attestation: { kind: "symmetricKey", primaryKey: GROUP_KEY },
    initialTwin: { tags: { site: "north" } },
  });
  place = { folder: await cleanUp.folder(), provisioning };
  cards = await makeKeyCards(place, { groupKey: GROUP_KEY, ids: IDS });
  ({ start, states } = await createDevices(cleanUp, { hub, endpoint: provisioning.endpoint, cards }));
  for (const device of await Promise.all(IDS.map((id) => start(id)))) running.set(device.id, device);
  await waitUntil("all are online", () => IDS.every((id) => isOnline(id)));
});

test("devices with nothing but their cards come online, each under its own name with the group's tags", () => {
  expect(new Set(hub.registry.list().map(({ deviceId }) => deviceId))).toEqual(new Set(IDS));
  for (const id of IDS) expect(hub.twins.get(id).tags).toEqual({ site: "north" });
  const keys = hub.registry.list().map((device) => device.primaryKey);
  expect(new Set(keys).size).toBe(IDS.length);
});

test("the group's key is on no card, on no device's disk and in no log", async () => {
  const written = await Promise.all([textOf(cards), textOf(states)]);
  const logs = [...running.values()].map((device) => device.log());
  expect(written.join()).toContain("registrationId");
  for (const text of [...written, ...logs]) expect(text).not.toContain(GROUP_KEY);
  // Nor is a device's own key anywhere but on its card.
  const key = (await readFile(path.join(cards, "pump-1", "device-key"), "utf8")).trim();
  for (const text of [written[1], ...logs]) expect(text).not.toContain(key);
});

test("a device with a certificate of the group's authority comes online by its common name", async () => {
  const authority = await makeAuthority(place);
  const pem = await readFile(path.join(authority, "authority.pem"), "utf8");
  provisioning.enrolments.addGroup({
    groupId: "gateways",
    attestation: { kind: "authority", authorities: [pem] },
  });
  await makeCertificateCard(place, { authority, id: "gateway-1" });
  await start("gateway-1");
  await waitUntil("it is online", () => isOnline("gateway-1"));
});

test("a stolen card is of no use once its device is disabled in the hub and at the service; the group goes on", async () => {
  const stolen = "pump-7";
  provisioning.enrolments.add({
    registrationId: stolen,
    attestation: { kind: "symmetricKey" },
    disabled: true,
  });
  await hub.registry.update({ deviceId: stolen, status: "disabled" });
  const device = running.get(stolen);
  await waitUntil("the hub has put it out", () => !isOnline(stolen));
  await waitUntil("the service has refused it", () => wasRefused(device));
  await device?.stop();
  // Its thief has the card, and another disk.
  const thief = await start(stolen, { HUBHAND_STATE_DIRECTORY: await cleanUp.folder() });
  await waitUntil("the thief was refused", () => wasRefused(thief));
  expect(isOnline(stolen)).toBe(false);
  await thief.stop();
  expect(IDS.filter((id) => isOnline(id))).toHaveLength(IDS.length - 1);
});

test("devices whose group leads to another hub go there with their twins when the old one lets them go", async () => {
  const moved = ["pump-1", "pump-2"];
  const south = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => south.stop());
  // A hub of its own has an authority of its own; a device trusts one file with both.
  provisioning.enrolments.change("pumps", { hub: south });
  for (const id of moved) {
    await running.get(id)?.stop();
    hub.twins.patch(id, { tags: { floor: 2 } });
  }
  const both = path.join(await cleanUp.folder(), "both.pem");
  await writeFile(both, `${hub.ca}\n${south.ca}`);
  for (const id of moved) await start(id, { HUBHAND_HUB_CA_FILE: both });
  await waitUntil("they are where they were: nobody sent them away", () => moved.every((id) => isOnline(id)));
  for (const id of moved) await hub.registry.update({ deviceId: id, status: "disabled" });
  await waitUntil("they are in the other hub", () => moved.every((id) => isOnline(id, south)));
  for (const id of moved) expect(south.twins.get(id).tags).toEqual({ site: "north", floor: 2 });
  expect(hub.registry.list().some(({ deviceId }) => moved.includes(deviceId))).toBe(false);
});

/** By the provisioning service: the group's key gives it no way past an enrolment of its own. */
const wasRefused = (device: Device | undefined): boolean => device?.log().includes("401002") ?? false;

async function textOf(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) texts.push(await readFile(path.join(entry.parentPath, entry.name), "latin1"));
  return texts.join("\n");
}

import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createAssignmentCache } from "../../../src/link/identities/assignment-cache.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

const cleanUp = cleanUpAfterEach();

const ASKED = { endpoint: "dps.example", idScope: "0ne1", registrationId: "pi-1" };
const ASSIGNMENT = { hostName: "hub.example:8883", deviceId: "device-1" };

async function cacheIn(directory: string) {
  const { logger, lines } = await createLogBook();
  const cache = createAssignmentCache({ directory, logger, clock: createFakeClock() });
  return { cache, warnings: () => lines().map(({ msg }) => msg ?? "") };
}

describe("the assignment on disk", () => {
  it("outlives a restart, in a folder that is made for it, and is nobody else's to read", async () => {
    const directory = join(await cleanUp.folder(), "state");
    await (await cacheIn(directory)).cache.write(ASKED, ASSIGNMENT);
    expect(await (await cacheIn(directory)).cache.read(ASKED)).toEqual(ASSIGNMENT);
    const path = join(directory, "provisioning.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
      asked: ASKED,
      assignment: ASSIGNMENT,
      assignedAt: "2026-01-01T00:00:01.000Z",
    });
  });

  it("is none when there is no file yet, without a word", async () => {
    const { cache, warnings } = await cacheIn(await cleanUp.folder());
    expect(await cache.read(ASKED)).toBeUndefined();
    expect(warnings()).toEqual([]);
  });

  it.each(["endpoint", "idScope", "registrationId"])(
    "is no answer to a question with another %s",
    async (part) => {
      const { cache } = await cacheIn(await cleanUp.folder());
      await cache.write(ASKED, ASSIGNMENT);
      expect(await cache.read({ ...ASKED, [part]: "other" })).toBeUndefined();
    },
  );

  it("answers whatever capitals the registration id is written with, as the service does", async () => {
    const { cache } = await cacheIn(await cleanUp.folder());
    await cache.write(ASKED, ASSIGNMENT);
    expect(await cache.read({ ...ASKED, registrationId: "PI-1" })).toEqual(ASSIGNMENT);
  });

  it.each<[string, string]>([
    ["cut short", '{"asked":{"endp'],
    ["empty", ""],
    ["another form", '{"hub":"h"}'],
    ["null", "null"],
    [
      "a host name that is none",
      JSON.stringify({ asked: ASKED, assignment: { ...ASSIGNMENT, hostName: "a b" } }),
    ],
    ["an empty device id", JSON.stringify({ asked: ASKED, assignment: { ...ASSIGNMENT, deviceId: "" } })],
  ])("is moved aside and told when it is damaged: %s", async (_, text) => {
    const directory = await cleanUp.folder();
    await writeFile(join(directory, "provisioning.json"), text);
    const { cache, warnings } = await cacheIn(directory);
    expect(await cache.read(ASKED)).toBeUndefined();
    expect(await readdir(directory)).toEqual(["provisioning.json.unusable"]);
    expect(warnings()).toEqual([expect.stringContaining("is damaged; it is now")]);
    await cache.write(ASKED, ASSIGNMENT);
    expect(await cache.read(ASKED)).toEqual(ASSIGNMENT);
  });

  it("costs one warning where a file stands in the way of the folder, and nothing else", async () => {
    const file = join(await cleanUp.folder(), "state");
    await writeFile(file, "");
    const { cache, warnings } = await cacheIn(file);
    await cache.write(ASKED, ASSIGNMENT);
    await cache.write(ASKED, ASSIGNMENT);
    expect(warnings()).toEqual([expect.stringMatching(/cannot be kept on disk.*state\.directory/)]);
  });

  it.skipIf(process.getuid?.() === 0)("costs one warning on a folder that takes nothing", async () => {
    const directory = join(await cleanUp.folder(), "state");
    await mkdir(directory);
    await chmod(directory, 0o500);
    const { cache, warnings } = await cacheIn(directory);
    await cache.write(ASKED, ASSIGNMENT);
    expect(warnings()).toEqual([expect.stringContaining("cannot be kept on disk")]);
  });

  it("is whole or the one before, and leaves nothing else in the folder, however often it is written", async () => {
    const directory = await cleanUp.folder();
    const { cache } = await cacheIn(directory);
    const names = Array.from({ length: 20 }, (_, index) => `device-${index}`);
    const writes = names.map((deviceId) => cache.write(ASKED, { ...ASSIGNMENT, deviceId }));
    const seen = await Promise.all(names.map(() => cache.read(ASKED)));
    await Promise.all(writes);
    for (const found of seen) expect([undefined, ...names]).toContain(found?.deviceId);
    expect(await readdir(directory)).toEqual(["provisioning.json"]);
  });
});

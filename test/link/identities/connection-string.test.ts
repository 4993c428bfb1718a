import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { callMethod } from "../../support/hub/call-method.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { hubOn, KEY, linkTo, QUICK_BACKOFF } from "../support/link-on-hub.ts";
import { choose, never } from "./support/chosen.ts";

const cleanUp = cleanUpAfterEach();

const OTHER = Buffer.alloc(32, 7).toString("base64");
const WRONG = Buffer.alloc(32, 1).toString("base64");

/** A device's connection string with another key in it. */
const withKey = (hub: LocalHub, key: string): string =>
  hub.deviceConnectionString("pi-1").replace(/SharedAccessKey=[^;]+/, `SharedAccessKey=${key}`);

/** Nobody would wait this long: what comes sooner came at once. */
const NEVER_AGAIN = { ...QUICK_BACKOFF, unauthorizedBase: 60_000, unauthorizedMax: 60_000 };

describe("the secondary key", () => {
  it("is tried at once when the hub refuses the primary, and methods are answered with it", async () => {
    const hub = await hubOn(cleanUp);
    const { identities, log } = await choose({
      folder: await cleanUp.folder(),
      env: { HUBHAND_CONNECTION_STRING: withKey(hub, WRONG), HUBHAND_HUB_SECONDARY_KEY: KEY },
    });
    const { link, reaches } = linkTo(cleanUp, hub, {
      identities,
      logger: log.logger,
      backoff: NEVER_AGAIN,
      random: () => 0.99,
    });
    link.start();
    await reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
    log.logger.info(`keys: ${WRONG} ${KEY}`);
    expect(log.text()).not.toContain(WRONG);
    expect(log.text()).not.toContain(KEY);
  });

  it("gives way to the primary again when both are renewed in turn", async () => {
    const hub = await hubOn(cleanUp);
    const { identities } = await choose({
      folder: await cleanUp.folder(),
      env: { HUBHAND_CONNECTION_STRING: withKey(hub, OTHER), HUBHAND_HUB_SECONDARY_KEY: KEY },
    });
    const { link, reaches, sessions } = linkTo(cleanUp, hub, { identities });
    link.start();
    await reaches("online");
    await hub.registry.delete("pi-1");
    await hub.registry.create({ deviceId: "pi-1", primaryKey: OTHER });
    hub.disconnect("pi-1");
    await sessions(2);
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
  });
});

describe("a connection string in a file", () => {
  async function started() {
    const hub = await hubOn(cleanUp);
    const folder = await cleanUp.folder();
    const file = join(folder, "secret");
    await writeFile(file, `${hub.deviceConnectionString("pi-1")}\n`);
    const { identities, log } = await choose({ folder, env: { HUBHAND_CONNECTION_STRING_FILE: file } });
    return { hub, file, identities, log };
  }

  it("is watched, and read for each session: a key that was renewed is used without a restart", async () => {
    const { hub, file, identities } = await started();
    expect(identities.files).toEqual([file]);
    const { link, reaches } = linkTo(cleanUp, hub, { identities });
    link.start();
    await reaches("online");
    await hub.registry.delete("pi-1");
    await hub.registry.create({ deviceId: "pi-1", primaryKey: OTHER });
    await waitUntil("the hub refused the old key", () => link.status().lastFailure?.reason === "connack-5");
    await writeFile(file, withKey(hub, OTHER));
    await reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
  });

  it("that is gone, or half written, for a moment stays in use, and that is told once", async () => {
    const { file, identities, log } = await started();
    const first = await identities.obtain(never);
    await rm(file);
    for (let round = 0; round < 3; round += 1) expect(await identities.obtain(never)).toEqual(first);
    await writeFile(file, "HostName=local");
    for (let round = 0; round < 3; round += 1) expect(await identities.obtain(never)).toEqual(first);
    const warnings = log.lines().filter(({ level }) => level === "warn");
    expect(warnings.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/connection string cannot be used now.*does not exist/),
      expect.stringMatching(/connection string cannot be used now.*DeviceId/),
    ]);
  });

  it("is told when it can be used again, and no key of it is ever logged", async () => {
    const { hub, file, identities, log } = await started();
    await writeFile(file, "");
    await identities.obtain(never);
    await writeFile(file, withKey(hub, OTHER));
    const { proof } = await identities.obtain(never);
    expect(proof).toEqual({ kind: "symmetric-key", key: OTHER });
    expect(log.lines().at(-1)).toMatchObject({
      level: "info",
      msg: "the connection string can be used again",
    });
    log.logger.info(OTHER);
    expect(log.text()).not.toContain(OTHER);
  });
});

import { expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { IdentitySource } from "../../../src/link/identity.ts";
import { startLocalHub } from "../../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { choose, never } from "./support/chosen.ts";

const cleanUp = cleanUpAfterEach();

const KEY = Buffer.alloc(32, 4).toString("base64");
const MINUTE = 60_000;
const GONE = { class: "network", reason: "ENOTFOUND", message: "no such name" } as const;
const REFUSED = { class: "unauthorized", reason: "connack-5", message: "no" } as const;

/** A device that has its hub from the provisioning service: how often it asked, and time that passes as it is told to. */
async function provisioned() {
  let asked = 0;
  let ahead = 0;
  const hub = await startLocalHub();
  cleanUp.add(() => hub.stop());
  const service = await hub.startProvisioning({
    retryAfterSeconds: 1,
    onRegister() {
      asked += 1;
      return {};
    },
  });
  cleanUp.add(() => service.stop());
  service.enrolments.add({
    registrationId: "pi-1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
  const { identities } = await choose({
    env: {
      HUBHAND_HUB_PROVISIONING_ID_SCOPE: service.idScope,
      HUBHAND_HUB_PROVISIONING_ENDPOINT: service.endpoint,
      HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi-1",
      HUBHAND_HUB_PROVISIONING_KEY: KEY,
    },
    folder: await cleanUp.folder(),
    ca: hub.ca,
    clock: { ...systemClock, now: () => systemClock.now() + ahead },
  });
  await identities.obtain(never);
  return {
    identities,
    service,
    asked: () => asked,
    pass(milliseconds: number) {
      ahead += milliseconds;
    },
  };
}

async function attemptsThatFail(
  identities: IdentitySource,
  failure: typeof GONE | typeof REFUSED,
  count: number,
) {
  for (let index = 0; index < count; index += 1) {
    identities.rejected(await identities.obtain(never), failure);
  }
}

it("a hub whose name is gone is asked for once, and then every five minutes", async () => {
  const { identities, asked, pass } = await provisioned();
  await attemptsThatFail(identities, GONE, 20);
  expect(asked()).toBe(2);
  pass(6 * MINUTE);
  await attemptsThatFail(identities, GONE, 20);
  expect(asked()).toBe(3);
});

it("so it is while the provisioning service cannot be asked either", async () => {
  const { identities, service, asked, pass } = await provisioned();
  service.throttle(1);
  await attemptsThatFail(identities, GONE, 20);
  pass(6 * MINUTE);
  await attemptsThatFail(identities, GONE, 3);
  expect(asked()).toBe(2);
});

it("a hub that refuses is asked about all the same, as that has a patience of its own", async () => {
  const { identities, asked } = await provisioned();
  await attemptsThatFail(identities, GONE, 2);
  await attemptsThatFail(identities, REFUSED, 1);
  await identities.obtain(never);
  expect(asked()).toBe(3);
});

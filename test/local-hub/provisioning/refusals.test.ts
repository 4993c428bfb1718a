import { expect, test } from "vitest";
import { deriveDeviceKey } from "../../../src/local-hub/index.ts";
import { register, startTestProvisioning, type TestProvisioning } from "../support/provisioning.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 2).toString("base64");

/** `dev1` registers with this key. */
function attempt(started: TestProvisioning, key = KEY, options: { idScope?: string } = {}) {
  return register({ ...started, registrationId: "dev1", proof: { key }, ...options });
}

function enrol({ provisioning }: TestProvisioning) {
  return provisioning.enrolments.add({
    registrationId: "dev1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
}

function enrolGroup({ provisioning }: TestProvisioning) {
  return provisioning.enrolments.addGroup({
    groupId: "fleet",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
}

test.each<[string, RegExp, (started: TestProvisioning) => unknown, string]>([
  ["a device that is not enrolled", /not enrolled/, () => {}, KEY],
  ["a key that is not its enrolment's", /signature/, enrol, OTHER_KEY],
  ["the key of the group itself", /signature/, enrolGroup, KEY],
  [
    "the key of another device of the group",
    /signature/,
    enrolGroup,
    deriveDeviceKey({ groupKey: KEY, registrationId: "dev2" }),
  ],
])("%s is answered 401", async (_what, reason, prepare, key) => {
  const started = await startTestProvisioning();
  prepare(started);
  await expect(attempt(started, key)).rejects.toMatchObject({
    name: "UnauthorizedError",
    result: { errorCode: 401002, message: "Unauthorized" },
  });
  expect(await started.seen("registration")).toMatchObject({
    outcome: "unauthorized",
    reason: expect.stringMatching(reason),
  });
  expect(started.hub.registry.list()).toEqual([]);
});

test("a device with an enrolment of its own is not let in by its group", async () => {
  const started = await startTestProvisioning();
  enrolGroup(started);
  started.provisioning.enrolments.add({
    registrationId: "dev1",
    disabled: true,
    attestation: { kind: "symmetricKey", primaryKey: OTHER_KEY },
  });
  const key = deriveDeviceKey({ groupKey: KEY, registrationId: "dev1" });
  await expect(attempt(started, key)).rejects.toThrow();
  await expect(attempt(started, OTHER_KEY)).rejects.toMatchObject({ result: { status: "disabled" } });
});

test("a device whose enrolment is disabled is told so, until it is not", async () => {
  const started = await startTestProvisioning();
  enrol(started);
  started.provisioning.enrolments.change("dev1", { disabled: true });
  await expect(attempt(started)).rejects.toMatchObject({
    result: { status: "disabled", registrationState: { status: "disabled", registrationId: "dev1" } },
  });
  expect(started.hub.registry.list()).toEqual([]);
  started.provisioning.enrolments.change("dev1", { disabled: false });
  expect((await attempt(started)).status).toBe("assigned");
});

test("an enrolment that was removed, or has other keys, counts no more", async () => {
  const started = await startTestProvisioning();
  enrol(started);
  await attempt(started);
  started.provisioning.enrolments.change("dev1", {
    attestation: { kind: "symmetricKey", primaryKey: OTHER_KEY },
  });
  await expect(attempt(started)).rejects.toThrow();
  await attempt(started, OTHER_KEY);
  started.provisioning.enrolments.remove("dev1");
  await expect(attempt(started, OTHER_KEY)).rejects.toThrow();
  expect(() => started.provisioning.enrolments.remove("dev1")).toThrow(/no enrolment/);
});

test("another id scope is refused at the login, with CONNACK 5", async () => {
  const started = await startTestProvisioning({ idScope: "0ne00AB12CD" });
  enrol(started);
  await expect(attempt(started, KEY, { idScope: "0ne00000000" })).rejects.toThrow(/not authorized/i);
  expect(await started.seen("refused")).toMatchObject({
    face: "provisioning",
    reason: "the id scope is not this service's",
  });
  expect((await attempt(started)).status).toBe("assigned");
});

test("no event carries a key or a token", async () => {
  const started = await startTestProvisioning();
  enrol(started);
  await attempt(started);
  await expect(attempt(started, OTHER_KEY)).rejects.toThrow();
  const told = JSON.stringify(started.events);
  expect(told).not.toContain(KEY);
  expect(told).not.toContain("sig=");
});

test("an enrolment of a kind that there is not is refused, and the kinds are named", async () => {
  const { provisioning } = await startTestProvisioning();
  const attestation = { kind: "tpm" } as never;
  expect(() => provisioning.enrolments.add({ registrationId: "dev1", attestation })).toThrow(
    /symmetricKey, thumbprint, certificate or authority, not "tpm"/,
  );
  expect(provisioning.enrolments.list("individual")).toEqual([]);
});

import { SECOND } from "../../durations.ts";
import type { KeyPair } from "../../tls/key-pair.ts";
import type { IdentitySource } from "../identity.ts";
import { createWays } from "../ways.ts";
import { createAssignmentCache } from "./assignment-cache.ts";
import { certificatePaths, openCertificate } from "./certificate-files.ts";
import { deriveDeviceKey } from "./derived-key.ts";
import { certificateProof } from "./from-connection-string.ts";
import { type FromProvisioning, identitiesFromProvisioning } from "./from-provisioning.ts";
import { keepLastGood, type Read } from "./kept.ts";
import { badSetting, checkedKey } from "./setting.ts";
import type { IdentityOptions } from "./settings.ts";

/** Longer than the service takes, even with an allocation function that has to be woken up. */
const REGISTRATION_LIMIT_MS = 90 * SECOND;

/** The provisioning service's rule (DPS, "Registration ID"). */
const REGISTRATION_ID = /^[A-Za-z0-9](?:[A-Za-z0-9\-._:]{0,126}[A-Za-z0-9-])?$/;

/**
 * The identities of a device that is to be provisioned, out of its settings.
 * @throws HubhandError CONFIG_INVALID
 */
export async function provisionedIdentities(
  options: IdentityOptions,
  idScope: string,
): Promise<IdentitySource> {
  const { hub, link, logger, clock, trust, stateDirectory } = options;
  const { endpoint, payload, keyFile, groupKeyFile } = hub.provisioning;
  refuseMixedProofs(options);
  const pair = await openCertificate(options, hub.provisioning.registrationId ?? undefined);
  const registrationId = registrationIdOf(options, await pair?.());
  const proof =
    pair === undefined ? await openKey(options, registrationId) : async () => certificateProof(await pair());
  return identitiesFromProvisioning({
    asked: { endpoint, idScope, registrationId },
    proofKind: pair === undefined ? "symmetric-key" : "x509",
    proof,
    payload: payload ?? undefined,
    trust,
    ways: createWays(link.transport, { viaProxy: link.proxy !== undefined }),
    settings: { ...link, limit: REGISTRATION_LIMIT_MS, clock },
    cache: createAssignmentCache({ directory: stateDirectory, logger, clock }),
    files: [keyFile, groupKeyFile, ...certificatePaths(options)].filter((path) => path !== null),
    logger,
  });
}

function refuseMixedProofs({ hub, origin }: IdentityOptions): void {
  const { key, groupKey } = hub.provisioning;
  const given = [
    { name: "hub.provisioning.key", value: key },
    { name: "hub.provisioning.groupKey", value: groupKey },
    { name: "hub.certificateFile", value: hub.certificateFile },
  ].filter(({ value }) => value !== null);
  const [first, second] = given;
  if (first === undefined) {
    throw badSetting(
      "hub.provisioning.idScope",
      origin,
      "the device has nothing to prove itself with. Set hub.provisioning.key (its own enrolment), hub.provisioning.groupKey (an enrolment group), or hub.certificateFile and hub.certificateKeyFile.",
    );
  }
  if (second !== undefined) {
    throw badSetting(
      second.name,
      origin,
      `${first.name} (${origin(first.name)}) is set too. Keep the one that the enrolment has.`,
    );
  }
}

function registrationIdOf({ hub, origin }: IdentityOptions, pair: KeyPair | undefined): string {
  const { registrationId } = hub.provisioning;
  const found = registrationId ?? pair?.commonName;
  if (found === undefined) {
    const why = pair === undefined ? "and a key tells none" : "and the certificate has no common name (CN)";
    throw badSetting("hub.provisioning.registrationId", origin, `it is not set, ${why}. Set it.`);
  }
  if (!REGISTRATION_ID.test(found)) {
    const what = registrationId === null ? `the certificate's common name ${JSON.stringify(found)}` : "it";
    throw badSetting(
      "hub.provisioning.registrationId",
      origin,
      `${what} is no registration id: up to 128 letters, digits and -._: of which the last is a letter, a digit or -.`,
    );
  }
  return found;
}

/** The device's key: as it was given, or derived of its group's. */
async function openKey(options: IdentityOptions, registrationId: string): Promise<FromProvisioning["proof"]> {
  const { hub, origin, hide, logger } = options;
  const { key, keyFile, groupKey, groupKeyFile } = hub.provisioning;
  const setting: Read<string> =
    groupKey === null
      ? checkedKey({ key: "hub.provisioning.key", value: key ?? "", file: keyFile, origin, hide })
      : checkedKey({ key: "hub.provisioning.groupKey", value: groupKey, file: groupKeyFile, origin, hide });
  const read = keepLastGood({ what: "the key for provisioning", logger, read: setting });
  await read();
  return async () => {
    const text = await read();
    const deviceKey = groupKey === null ? text : deriveDeviceKey(text, registrationId);
    hide(deviceKey);
    return { kind: "symmetric-key", key: deviceKey };
  };
}

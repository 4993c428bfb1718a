import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HubhandError, messageOf } from "../../errors.ts";
import type { Enrolment, LocalProvisioning } from "../../local-hub/index.ts";

/** Owner and group may read a key; nobody else. */
const SECRET = 0o640;

/**
 * Writes what other processes need to reach the provisioning service, beside the connection strings of the hub:
 * `provisioning-service-connection-string`, and of each enrolment with keys `<registration id>.enrolment-key` or
 * `<group>.enrolment-group-key`, as the keys `keyFile` and `groupKeyFile` of hubhand's configuration name them.
 * @throws HubhandError CONFIG_INVALID if the folder cannot be written to
 */
export async function writeProvisioningFiles(
  service: LocalProvisioning,
  { folder, hostName }: { folder: string; hostName: string },
): Promise<void> {
  const { serviceConnectionString, enrolments } = service;
  const text = serviceConnectionString.replace("HostName=localhost", `HostName=${hostName}`);
  const keys = [...enrolments.list("individual"), ...enrolments.list("group")].flatMap(keyFileOf);
  try {
    for (const [name, secret] of [["provisioning-service-connection-string", text] as const, ...keys]) {
      await writeFile(join(folder, name), `${secret}\n`, { mode: SECRET });
    }
  } catch (error) {
    throw new HubhandError("CONFIG_INVALID", `--write-connection-strings ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function keyFileOf({ kind, id, attestation }: Enrolment): Array<readonly [name: string, key: string]> {
  if (attestation.kind !== "symmetricKey") return [];
  const ending = kind === "individual" ? "enrolment-key" : "enrolment-group-key";
  return [[`${id}.${ending}`, attestation.primaryKey]];
}

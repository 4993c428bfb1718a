import type { Attestation } from "../attestation-description.ts";
import { certificateInfo } from "../certificate-texts.ts";
import type { Enrolment } from "../enrolment.ts";

/**
 * The document of an enrolment. `withKeys` is for the answer to whoever made or changed it: as in the service, its keys are
 * else told by its attestation mechanism only (learn.microsoft.com, "How to use symmetric keys over HTTPS").
 */
export function writeEnrolment(
  enrolment: Enrolment,
  options: { withKeys: boolean; registrationState?: Record<string, unknown> },
): Record<string, unknown> {
  const { kind, id, deviceId, initialTwin, allocation, hubHostName, hubHostNames, webhook } = enrolment;
  const { reprovisioning = "migrate", disabled = false, iotEdge = false } = enrolment;
  const { registrationState, withKeys } = options;
  return {
    ...(kind === "individual" ? { registrationId: id } : { enrollmentGroupId: id }),
    ...(deviceId ? { deviceId } : {}),
    ...(registrationState ? { registrationState } : {}),
    attestation: writeAttestation(enrolment.attestation, { withKeys }),
    capabilities: { iotEdge },
    ...(hubHostName ? { iotHubHostName: hubHostName } : {}),
    ...(initialTwin ? { initialTwin } : {}),
    etag: quoted(enrolment.etag),
    provisioningStatus: disabled ? "disabled" : "enabled",
    reprovisionPolicy: {
      updateHubAssignment: reprovisioning !== "never",
      migrateDeviceData: reprovisioning === "migrate",
    },
    createdDateTimeUtc: new Date(enrolment.createdAt).toISOString(),
    ...(allocation ? { allocationPolicy: allocation } : {}),
    ...(hubHostNames ? { iotHubs: hubHostNames } : {}),
    ...(webhook
      ? { customAllocationDefinition: { webhookUrl: webhook.url, apiVersion: webhook.apiVersion } }
      : {}),
    lastUpdatedDateTimeUtc: new Date(enrolment.updatedAt).toISOString(),
  };
}

/** The document of an attestation; certificates are told by what is in them. */
export function writeAttestation(
  attestation: Attestation,
  { withKeys }: { withKeys: boolean },
): Record<string, unknown> {
  switch (attestation.kind) {
    case "symmetricKey": {
      const { primaryKey, secondaryKey } = attestation;
      return { type: "symmetricKey", ...(withKeys ? { symmetricKey: { primaryKey, secondaryKey } } : {}) };
    }
    case "thumbprint": {
      const { certificates, thumbprints } = attestation;
      const infos = certificates.length > 0 ? certificates.map(certificateInfo) : thumbprints.map(bareInfo);
      return { type: "x509", x509: { clientCertificates: pairOf(infos.map((info) => ({ info }))) } };
    }
    case "authority": {
      const { authorities, names } = attestation;
      if (names.length > 0) return { type: "x509", x509: { caReferences: pairOf(names) } };
      const infos = authorities.map((authority) => ({ info: certificateInfo(authority) }));
      return { type: "x509", x509: { signingCertificates: pairOf(infos) } };
    }
  }
}

/** Etags are quoted in documents too, as seen in the service's (learn.microsoft.com, "Custom allocation policies"). */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

function bareInfo(thumbprint: string): Record<string, unknown> {
  return thumbprint.length === 40 ? { sha1Thumbprint: thumbprint } : { sha256Thumbprint: thumbprint };
}

function pairOf<Value>([primary, secondary]: readonly Value[]): Record<string, Value | undefined> {
  return { primary, ...(secondary === undefined ? {} : { secondary }) };
}

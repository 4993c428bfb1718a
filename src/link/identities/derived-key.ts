import { createHmac } from "node:crypto";

/**
 * The key of one device of an enrolment group, which it has at the provisioning service and at its hub.
 * @param groupKey base64
 * @returns base64
 * @see https://learn.microsoft.com/azure/iot-dps/concepts-symmetric-key-attestation#group-enrollments
 */
export function deriveDeviceKey(groupKey: string, registrationId: string): string {
  return hmac(groupKey, registrationId);
}

export interface RegistrationToken {
  readonly idScope: string;
  readonly registrationId: string;
  /** Base64; a secret. */
  readonly key: string;
  /** Seconds since 1970. */
  readonly expiry: number;
}

/**
 * The password for the provisioning service: as for a hub, with the registration for a resource and a fixed policy.
 * @see https://learn.microsoft.com/azure/iot-dps/concepts-symmetric-key-attestation
 */
export function registrationToken({ idScope, registrationId, key, expiry }: RegistrationToken): string {
  const resource = encodeURIComponent(`${idScope}/registrations/${registrationId}`);
  const signature = encodeURIComponent(hmac(key, `${resource}\n${expiry}`));
  return `SharedAccessSignature sr=${resource}&sig=${signature}&skn=registration&se=${expiry}`;
}

/**
 * The token with which a device asks its hub over HTTPS; over MQTT the SDK makes its own.
 * @see https://learn.microsoft.com/azure/iot-hub/authenticate-authorize-sas
 */
export function deviceToken(options: {
  /** Without a port. */
  readonly host: string;
  readonly deviceId: string;
  /** Base64; a secret. */
  readonly key: string;
  /** Seconds since 1970. */
  readonly expiry: number;
}): string {
  const { host, deviceId, key, expiry } = options;
  const resource = encodeURIComponent(`${host}/devices/${deviceId}`);
  const signature = encodeURIComponent(hmac(key, `${resource}\n${expiry}`));
  return `SharedAccessSignature sr=${resource}&sig=${signature}&se=${expiry}`;
}

function hmac(key: string, text: string): string {
  return createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
}

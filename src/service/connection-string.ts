import { keyLength, readConnectionStringParts } from "../connection-string-parts.ts";
import { HubhandError } from "../errors.ts";

/** What a service connection string says; the key is a secret. */
export interface ServiceConnection {
  readonly hostName: string;
  /** 443 unless the HostName carries another. */
  readonly port: number;
  readonly policyName: string;
  readonly key: string;
}

const EXAMPLE = "HostName=<hub>.azure-devices.net;SharedAccessKeyName=<policy>;SharedAccessKey=<key>";

/** The parts of a service's connection string, and those that tell another kind from it. */
const KNOWN_PARTS = [
  "HostName",
  "SharedAccessKeyName",
  "SharedAccessKey",
  "SharedAccessSignature",
  "DeviceId",
  "ModuleId",
  "GatewayHostName",
  "x509",
  "Endpoint",
  "EntityPath",
] as const;

type PartName = (typeof KNOWN_PARTS)[number];
type Refuse = (problem: string) => HubhandError;

/** A name or IPv4 address, and an optional port. */
const HOST = /^(?<name>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(?<port>\d{1,5}))?$/;

/**
 * Reads a service connection string as the portal shows it ("Shared access policies"), forgiving what people paste
 * around it (quotes, spaces, line breaks). The HostName may carry a port, for hubs that are not on 443.
 * @param text the string, a secret: no part of its key ever reaches an error
 * @param origin where it came from, for the error: "environment variable IOTHUB_CONNECTION_STRING"
 * @throws HubhandError CONFIG_INVALID, saying what is wrong and what to do
 */
export function parseServiceConnectionString(text: string, origin: string): ServiceConnection {
  const refuse: Refuse = (problem) =>
    new HubhandError("CONFIG_INVALID", `The service connection string (${origin}) ${problem}`);

  const parts = readConnectionStringParts({ text, known: KNOWN_PARTS, example: EXAMPLE, refuse });
  refuseOtherKinds(parts, refuse);
  const hostName = parts.get("HostName");
  const policyName = parts.get("SharedAccessKeyName");
  const key = parts.get("SharedAccessKey");

  if (hostName === undefined) throw refuse(`has no HostName. Expected ${EXAMPLE}.`);
  if (policyName === undefined && key === undefined && parts.size === 1) {
    throw refuse(
      `ends after HostName. A shell cuts it at the first ";": put it in quotes. Expected ${EXAMPLE}.`,
    );
  }
  if (policyName === undefined) throw refuse(`has no SharedAccessKeyName. Expected ${EXAMPLE}.`);
  if (key === undefined) throw refuse(`has no SharedAccessKey. Expected ${EXAMPLE}.`);
  const host = HOST.exec(hostName)?.groups;
  const port = Number(host?.port ?? 443);
  if (host?.name === undefined || port < 1 || port > 65_535) {
    throw refuse(
      "has a HostName that is no host name, with or without a port. Expected <hub>.azure-devices.net.",
    );
  }
  if (keyLength(key) === undefined) {
    throw refuse(
      "has a SharedAccessKey that is not base64: a character is missing or was changed. Copy it again.",
    );
  }
  return { hostName: host.name, port, policyName, key };
}

/** Says of the connection strings that are easily taken for a service's what they are. */
function refuseOtherKinds(parts: ReadonlyMap<PartName, string>, refuse: Refuse): void {
  if (parts.has("DeviceId")) {
    throw refuse(
      "is a device's (it has DeviceId); the service side needs a policy's. In the portal: Shared access policies, service, Primary connection string.",
    );
  }
  if (parts.has("Endpoint") || parts.has("EntityPath")) {
    throw refuse(
      "is an Event Hub's (the built-in endpoint), which carries messages and no calls. In the portal: Shared access policies, service, Primary connection string.",
    );
  }
  if (parts.get("HostName")?.toLowerCase().endsWith(".azure-devices-provisioning.net")) {
    throw refuse(
      "is a device provisioning service's. Give the IoT Hub's own, from its Shared access policies.",
    );
  }
  if (parts.has("SharedAccessSignature")) {
    throw refuse(`has a SharedAccessSignature, which ends with its time; give the key. Expected ${EXAMPLE}.`);
  }
}

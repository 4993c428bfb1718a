import { keyLength, readConnectionStringParts } from "../connection-string-parts.ts";
import { HubhandError } from "../errors.ts";

const EXAMPLE = "HostName=<hub>.azure-devices.net;DeviceId=<device>;SharedAccessKey=<key>";

const KNOWN_PARTS = [
  "HostName",
  "DeviceId",
  "ModuleId",
  "GatewayHostName",
  "SharedAccessKey",
  "SharedAccessKeyName",
  "SharedAccessSignature",
  "x509",
] as const;

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::(\d+))?$/;

/** A host name with an optional port: what the SDK turns into the address to connect to. */
export const isHostName = (text: string): boolean => hostNameProblem(text) === undefined;

/** What is wrong with a host name, to be read after "a HostName"; undefined if nothing is. Nothing of it is told. */
export function hostNameProblem(text: string): string | undefined {
  const match = HOST.exec(text);
  if (match === null) return "that is not a host name";
  const port = Number(match[1] ?? 443);
  if (port < 1 || port > 65_535) return "with a port that is not between 1 and 65535";
  // What ends in a number is read as an IP address, by the sockets too: 1.2.3.999 is neither a name nor one of those.
  if (!URL.canParse(`https://${text}`)) return "that is neither a host name nor an IP address";
  return undefined;
}

/** Microsoft's rule for device and module ids (IoT Hub developer guide, identity registry). */
const ID = /^[A-Za-z0-9\-.+%_#*?!(),:=@$']{1,128}$/;

/** An id that a hub may know a device or module by. */
export const isDeviceId = (text: string): boolean => ID.test(text);

/** What a connection string says; nothing of it is looked up. */
export interface ConnectionString {
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly gatewayHostName?: string;
  /** Base64, a secret; absent in a string with `x509=true`, where a certificate stands in for it. */
  readonly key?: string;
}

/**
 * Reads the connection string of a device or module as the portal shows it, forgiving what people paste around it (quotes, spaces,
 * line breaks).
 * @param text the string, a secret: no part of its key ever reaches an error
 * @param origin where it came from, for the error: "environment variable IOTHUB_DEVICE_CONNECTION_STRING"
 * @throws HubhandError CONFIG_INVALID, saying what is wrong and what to do
 */
export function parseConnectionString(text: string, origin: string): ConnectionString {
  const refuse = (problem: string): HubhandError =>
    new HubhandError("CONFIG_INVALID", `The connection string (${origin}) ${problem}`);

  const parts = readConnectionStringParts({ text, known: KNOWN_PARTS, example: EXAMPLE, refuse });
  const hostName = parts.get("HostName");
  const deviceId = parts.get("DeviceId");
  const moduleId = parts.get("ModuleId");
  const gatewayHostName = parts.get("GatewayHostName");
  const key = parts.get("SharedAccessKey");

  if (hostName === undefined) throw refuse(`has no HostName. Expected ${EXAMPLE}.`);
  if (deviceId === undefined) {
    throw refuse(
      parts.has("SharedAccessKeyName")
        ? "is a service connection string (it has SharedAccessKeyName and no DeviceId), which is a key to the whole hub. Give the device's own: in the portal under Devices, the device, Primary connection string."
        : `has no DeviceId. Expected ${EXAMPLE}.`,
    );
  }
  if (parts.has("SharedAccessKeyName")) {
    throw refuse(
      "has a SharedAccessKeyName: the key of a hub policy opens more than one device. Give the device's own.",
    );
  }
  const hostProblem = hostNameProblem(hostName);
  if (hostProblem !== undefined) {
    throw refuse(`has a HostName ${hostProblem}. Expected <hub>.azure-devices.net.`);
  }
  const gatewayProblem = gatewayHostName === undefined ? undefined : hostNameProblem(gatewayHostName);
  if (gatewayProblem !== undefined) throw refuse(`has a GatewayHostName ${gatewayProblem}.`);
  if (!ID.test(deviceId))
    throw refuse("has a DeviceId with characters that IoT Hub does not allow, or over 128 long.");
  if (moduleId !== undefined && !ID.test(moduleId))
    throw refuse("has a ModuleId with characters that IoT Hub does not allow, or over 128 long.");
  const who = {
    hostName,
    deviceId,
    ...(moduleId === undefined ? {} : { moduleId }),
    ...(gatewayHostName === undefined ? {} : { gatewayHostName }),
  };
  if (parts.get("x509")?.toLowerCase() === "true") {
    if (key !== undefined)
      throw refuse("has both x509=true and a SharedAccessKey. Keep the one that the device has.");
    return who;
  }
  if (key === undefined) {
    throw refuse(
      parts.has("SharedAccessSignature")
        ? `has a SharedAccessSignature, which ends by itself, instead of a SharedAccessKey. Expected ${EXAMPLE}.`
        : `has no SharedAccessKey. Expected ${EXAMPLE}, or x509=true in place of the key.`,
    );
  }
  const problem = keyProblem(key);
  if (problem !== undefined) throw refuse(`has a SharedAccessKey ${problem}`);
  return { ...who, key };
}

/** What is wrong with a key, to be read after "a key"; undefined if nothing is. Nothing of the key is told. */
export function keyProblem(key: string): string | undefined {
  const bytes = keyLength(key);
  if (bytes === undefined) return "that is not base64: a character is missing or was changed. Copy it again.";
  // Keys of IoT Hub (developer guide, identity registry properties).
  if (bytes < 16 || bytes > 64) return `of ${bytes} bytes; IoT Hub's have 16 to 64. Copy it again, whole.`;
  return undefined;
}

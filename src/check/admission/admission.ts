import { randomUUID } from "node:crypto";
import { abortAfter, type Clock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { SECOND } from "../../durations.ts";
import { deviceToken } from "../../link/identities/derived-key.ts";
import type { Identity } from "../../link/identity.ts";
import { loginByMqtt } from "../../link/mqtt/mqtt-login.ts";
import { type Answer, ask, tokenEnd, wordsOf } from "./ask.ts";

/** The version of the API whose page describes the question. */
const API_VERSION = "2020-03-13";

/**
 * Whether the hub lets the device in. `unclear`: its answer does not say.
 * `refused`: it says no, and not why: the key or certificate, or something before them.
 */
export type Admission =
  | { readonly verdict: "accepted" }
  | {
      readonly verdict: "refused" | "unknown-device" | "disabled" | "unclear";
      /** What the hub said. */
      readonly said: string;
    };

export interface AdmissionOptions {
  readonly identity: Identity;
  readonly link: LoadedConfig["values"]["link"];
  readonly ca: string | undefined;
  readonly clock: Clock;
}

/**
 * Asks the hub over HTTPS to abandon a message that it never handed out, under a lock that was made up. It looks at who asks
 * before it looks for the lock, changes nothing, and ends nobody's connection, as a login by MQTT with the same identity would.
 * Rejects with Node's error if there is no answer.
 * @see https://learn.microsoft.com/rest/api/iothub/device/abandon-device-bound-notification
 */
export async function askAdmission(options: AdmissionOptions): Promise<Admission> {
  const { identity, link, ca, clock } = options;
  const { hostName, deviceId, proof } = identity;
  const [host = ""] = hostName.split(":");
  if (proof.kind === "edge-workload") return { verdict: "unclear", said: "IoT Edge proves it" };
  const expiry = tokenEnd(clock);
  const path = `/devices/${encodeURIComponent(deviceId)}/messages/deviceBound/${randomUUID()}/abandon`;
  const answer = await ask({
    host,
    link,
    path: `${path}?api-version=${API_VERSION}`,
    ca,
    proof: proof.kind === "x509" ? proof : { token: deviceToken({ host, deviceId, key: proof.key, expiry }) },
    clock,
  });
  return readAnswer(answer);
}

export interface ByMqttOptions extends Pick<AdmissionOptions, "identity" | "ca" | "clock"> {
  /** The hub's, or the gateway's. */
  readonly host: string;
  readonly port: number;
}

/** Logs in by MQTT, and out again: who is in with that identity is thrown out. Rejects with Node's error if there is no answer. */
export async function askByMqtt({ identity, host, port, ca, clock }: ByMqttOptions): Promise<Admission> {
  const { hostName, deviceId, moduleId, proof } = identity;
  if (proof.kind === "edge-workload") return { verdict: "unclear", said: "IoT Edge proves it" };
  const [hub = ""] = hostName.split(":");
  const clientId = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  const resource = moduleId === undefined ? deviceId : `${deviceId}/modules/${moduleId}`;
  const expiry = tokenEnd(clock);
  const code = await abortAfter(LOGIN_LIMIT_MS, clock, (signal) =>
    loginByMqtt({
      host,
      port,
      ca,
      clientId,
      userName: `${hub}/${clientId}/?api-version=${MQTT_API_VERSION}`,
      proof:
        proof.kind === "x509"
          ? proof
          : { token: deviceToken({ host: hub, deviceId: resource, key: proof.key, expiry }) },
      signal,
    }),
  );
  if (code === 0) return { verdict: "accepted" };
  return { verdict: REFUSALS.has(code) ? "refused" : "unclear", said: `CONNACK ${code}` };
}

/** CONNACK codes that speak of who we are (MQTT 3.1.1, section 3.2.2.3). */
const REFUSALS = new Set([2, 4, 5]);
const MQTT_API_VERSION = "2021-04-12";
const LOGIN_LIMIT_MS = 6 * SECOND;

/**
 * What an answer says of who asked (learn.microsoft.com, "Understand and resolve Azure IoT Hub errors", 401003 and 412002).
 * Pure.
 */
export function readAnswer(answer: Answer): Admission {
  const { status, code, message } = answer;
  const said = wordsOf(answer);
  if (code === "DeviceNotFound" || /does not contain the specified device/i.test(message))
    return { verdict: "unknown-device", said };
  if (/disabled/i.test(code) || /\bdisabled\b/i.test(message)) return { verdict: "disabled", said };
  // A hub of the basic tier has no messages to devices, and says so to those whom it knows.
  if (code === "OperationNotAvailableInCurrentTier") return { verdict: "accepted" };
  if (status === 401 || status === 403) return { verdict: "refused", said };
  // Errors of a hub have a word for a code: without one it is another server that has no such page.
  const isLooked = (status === 412 || status === 404) && /^[A-Za-z]/.test(code);
  return isLooked || (status >= 200 && status < 300) ? { verdict: "accepted" } : { verdict: "unclear", said };
}

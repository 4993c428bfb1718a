import type { LocalHub, LocalProvisioning } from "../../../src/local-hub/index.ts";
import { openRawDevice, type RawDevice } from "./raw-device.ts";
import { makeToken } from "./token.ts";

export interface ProvisioningReply {
  status: number;
  retryAfter: string | null;
  body: Record<string, unknown>;
}

/** A device that asks the provisioning service by hand, and sees each answer as it is. */
export interface ProvisioningAsker {
  device: RawDevice;
  /** Sent as JSON, or as it is if it is text. */
  register(body: unknown): Promise<ProvisioningReply>;
  status(operationId: string): Promise<ProvisioningReply>;
}

/** Logged in, and subscribed to its answers. */
export async function askProvisioning(options: {
  hub: LocalHub;
  provisioning: LocalProvisioning;
  registrationId: string;
  key: string;
}): Promise<ProvisioningAsker> {
  const { hub, provisioning, registrationId, key } = options;
  const device = await openRawDevice({ mqttPort: provisioning.mqttPort, ca: hub.ca });
  const resource = `${provisioning.idScope}/registrations/${registrationId}`;
  const { returnCode } = await device.login({
    deviceId: registrationId,
    userName: `${resource}/api-version=2019-03-31&ClientVersion=by-hand`,
    password: makeToken({ resource, key, policyName: "registration" }),
  });
  if (returnCode !== 0) throw new Error(`refused with CONNACK ${returnCode}`);
  await device.subscribe([{ topic: "$dps/registrations/res/#", qos: 1 }]);

  let requests = 0;
  async function ask(path: string, query: string, body: string): Promise<ProvisioningReply> {
    const requestId = `r${++requests}`;
    device.publish(`$dps/registrations/${path}/?$rid=${requestId}${query}`, body, { qos: 1 });
    const { topic, payload } = await device.nextPublish();
    const [head = "", tail = ""] = topic.split("/?");
    const parameters = new URLSearchParams(tail);
    if (parameters.get("$rid") !== requestId) throw new Error(`an answer to something else: ${topic}`);
    return {
      status: Number(head.split("/").at(-1)),
      retryAfter: parameters.get("retry-after"),
      body: JSON.parse(payload),
    };
  }

  return {
    device,
    register: (body) =>
      ask("PUT/iotdps-register", "", typeof body === "string" ? body : JSON.stringify(body)),
    status: (operationId) =>
      ask("GET/iotdps-get-operationstatus", `&operationId=${encodeURIComponent(operationId)}`, " "),
  };
}

import https from "node:https";
import { ProvisioningDeviceClient, type RegistrationResult } from "azure-iot-provisioning-device";
import { Http } from "azure-iot-provisioning-device-http";
import { ProvisioningServiceClient } from "azure-iot-provisioning-service";
import { HubAgent, type LocalHub, type LocalProvisioning, leadToHub } from "../../../src/local-hub/index.ts";
import { type DeviceProof, securityClient } from "./provisioning.ts";
import { callRest, type RestAnswer, type RestCall } from "./rest.ts";
import { keyIn, makeToken } from "./token.ts";

interface Started {
  hub: Pick<LocalHub, "ca">;
  provisioning: Pick<LocalProvisioning, "httpsPort" | "idScope" | "serviceConnectionString">;
}

/** Microsoft's provisioning service client, unmodified. */
export function provisioningClient({ hub, provisioning }: Started): ProvisioningServiceClient {
  const client = ProvisioningServiceClient.fromConnectionString(provisioning.serviceConnectionString);
  return leadToHub(client, { ca: hub.ca, httpsPort: provisioning.httpsPort });
}

/** Registers with Microsoft's provisioning client, unmodified, over HTTPS. */
export async function registerOverHttps(
  options: Started & { registrationId: string; proof: DeviceProof; payload?: Record<string, unknown> },
): Promise<RegistrationResult> {
  const { hub, provisioning, payload } = options;
  // It asks for port 443, by Node's own agent.
  const { globalAgent } = https;
  https.globalAgent = new HubAgent({ ca: hub.ca, httpsPort: provisioning.httpsPort });
  const { idScope } = provisioning;
  // The transport brings declarations of its own for what it is handed.
  const client = ProvisioningDeviceClient.create(
    "localhost",
    idScope,
    new Http() as never,
    securityClient({ ...options, idScope }),
  );
  if (payload) client.setProvisioningPayload(payload);
  try {
    return (await client.register()) as RegistrationResult;
  } finally {
    https.globalAgent = globalAgent;
  }
}

/** A bare request of a service, to see what the SDK does not show; with its token unless another is given. */
export function callProvisioning(
  { hub, provisioning }: Started,
  call: Omit<RestCall, "hub">,
): Promise<RestAnswer> {
  const key = keyIn(provisioning.serviceConnectionString);
  const owner = makeToken({ resource: "localhost", key, policyName: "provisioningserviceowner" });
  const { authorization = owner, path, body } = call;
  return callRest({
    ...call,
    authorization,
    hub: { ca: hub.ca, httpsPort: provisioning.httpsPort } as LocalHub,
    path: path.includes("?") ? path : `${path}?api-version=2021-10-01`,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...call.headers },
  });
}

/** The Authorization header of a device. */
export function deviceToken(
  { provisioning }: Started,
  { registrationId, key }: { registrationId: string; key: string },
): string {
  const resource = `${provisioning.idScope}/registrations/${registrationId}`;
  return makeToken({ resource, key, policyName: "registration" });
}

import type { Agent } from "node:https";
import { MqttBase } from "azure-iot-mqtt-base";
import { ProvisioningDeviceClient, type RegistrationResult } from "azure-iot-provisioning-device";
import { Mqtt, MqttWs } from "azure-iot-provisioning-device-mqtt";
import { onTestFinished } from "vitest";
import type { LocalHub, LocalProvisioning, ProvisioningOptions } from "../../../src/local-hub/index.ts";
import type { TestCertificate } from "../../support/certificates.ts";
import { startTestHub, type TestHub } from "./hub.ts";
import { makeToken } from "./token.ts";

/** By what a device proves who it is. */
export type DeviceProof = { key: string } | { certificate: TestCertificate };

export interface TestProvisioning extends TestHub {
  provisioning: LocalProvisioning;
}

/** A hub with a provisioning service beside it that answers at once unless told otherwise; both end with the test. */
export async function startTestProvisioning(options: ProvisioningOptions = {}): Promise<TestProvisioning> {
  const started = await startTestHub();
  const provisioning = await started.hub.startProvisioning({ retryAfterSeconds: 0, ...options });
  return { ...started, provisioning };
}

/** The words in which the provisioning SDK asks for a token, or for a certificate. */
export function securityClient(options: {
  registrationId: string;
  proof: DeviceProof;
  idScope: string;
}): Parameters<typeof ProvisioningDeviceClient.create>[3] {
  const { registrationId, proof, idScope } = options;
  type Done = (error: null, value: unknown) => void;
  if ("key" in proof) {
    const resource = `${idScope}/registrations/${registrationId}`;
    const token = () => makeToken({ resource, key: proof.key, policyName: "registration" });
    return {
      getRegistrationId: (done: Done) => done(null, registrationId),
      createSharedAccessSignature: (_idScope: string, done: Done) => done(null, token()),
    } as never;
  }
  const { certificate: cert, privateKey: key } = proof.certificate;
  return {
    getRegistrationId: () => registrationId,
    getCertificate: (done: Done) => done(null, { cert, key }),
  } as never;
}

/** Registers with Microsoft's provisioning client, unmodified; over WebSockets if there is an agent to lead them. */
export function register(options: {
  hub: Pick<LocalHub, "ca">;
  provisioning: Pick<LocalProvisioning, "endpoint" | "idScope">;
  registrationId: string;
  proof: DeviceProof;
  payload?: Record<string, unknown>;
  idScope?: string;
  webSocketAgent?: Agent;
}): Promise<RegistrationResult> {
  const { hub, provisioning, payload, webSocketAgent } = options;
  const { idScope = provisioning.idScope } = options;
  const base = new MqttBase();
  base.setOptions({ ca: hub.ca, ...(webSocketAgent ? { mqtt: { webSocketAgent } } : {}) });
  // The provisioning SDK brings a copy of MqttBase, of another version; either does.
  const transport = webSocketAgent ? new MqttWs(base as never) : new Mqtt(base as never);
  const host = webSocketAgent ? "localhost" : provisioning.endpoint;
  const client = ProvisioningDeviceClient.create(
    host,
    idScope,
    transport,
    securityClient({ ...options, idScope }),
  );
  if (payload) client.setProvisioningPayload(payload);
  onTestFinished(() => new Promise((resolve) => transport.disconnect(() => resolve())));
  return client.register() as Promise<RegistrationResult>;
}

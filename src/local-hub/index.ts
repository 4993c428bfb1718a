export type { ServerCertificate } from "./credentials/certificates.ts";
export type { ReachedBy } from "./credentials/connection-strings.ts";
export type { LocalHubEvent, MethodOutcomeName } from "./events.ts";
export type { FaultHandle, Faults, ListedFault } from "./faults/index.ts";
export type { BrokenHandshake, Fault, FaultDescription } from "./faults/kinds.ts";
export { HubAgent, leadToHub, type ReachableHub } from "./hub-agent.ts";
export { HubError, type ServiceErrorCode } from "./hub-error.ts";
export type { ModuleDescription, ModuleIdentity, ModuleRegistry } from "./identities/module-registry.ts";
export type { AuthenticationType } from "./identities/registered-proof.ts";
export type { DeviceDescription, DeviceIdentity, DeviceRegistry } from "./identities/registry.ts";
export type { LimitsChoice } from "./limits/service-limits.ts";
export type { LocalHub, LocalHubOptions } from "./local-hub.ts";
export type { Ack, CloudMessage } from "./messages/cloud-message.ts";
export type { DeviceMessage } from "./messages/device-message.ts";
export type { FeedbackRecord } from "./messages/feedback.ts";
export type { Messages } from "./messages/index.ts";
export type { CertificateChoice } from "./ports/server-tls.ts";
export type { Allocation, OnRegister, RegistrationRequest } from "./provisioning/allocation.ts";
export type { AttestationDescription } from "./provisioning/attestation-description.ts";
export { EnrolmentDocumentsError } from "./provisioning/documents/read-documents.ts";
export {
  deriveDeviceKey,
  type Enrolment,
  type EnrolmentDescription,
  type EnrolmentSettings,
  type Reprovisioning,
} from "./provisioning/enrolment.ts";
export type { Enrolments } from "./provisioning/enrolments.ts";
export type { LocalProvisioning, ProvisioningOptions } from "./provisioning/index.ts";
export type { AssignableHub } from "./provisioning/linked-hubs.ts";
export { startLocalHub } from "./start-local-hub.ts";
export type { CallExchange, Exchange, PacketExchange, TraceExchange } from "./trace/exchange.ts";
export type { JsonObject, JsonValue, TwinDocument, TwinPatch, Twins } from "./twins/twins.ts";

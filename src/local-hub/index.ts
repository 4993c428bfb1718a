export type { ServerCertificate } from "./certificates.ts";
export type { ReachedBy } from "./connection-strings.ts";
export type { LocalHubEvent, MethodOutcomeName } from "./events.ts";
export { HubAgent, leadToHub, type ReachableHub } from "./hub-agent.ts";
export { HubError, type ServiceErrorCode } from "./hub-error.ts";
export type { LocalHub, LocalHubOptions } from "./local-hub.ts";
export type { ModuleDescription, ModuleIdentity, ModuleRegistry } from "./module-registry.ts";
export type {
  Allocation,
  AssignableHub,
  OnRegister,
  RegistrationRequest,
} from "./provisioning/assignment.ts";
export {
  type AttestationDescription,
  deriveDeviceKey,
  type Enrolment,
  type EnrolmentSettings,
  type Enrolments,
} from "./provisioning/enrolments.ts";
export type { LocalProvisioning, ProvisioningOptions } from "./provisioning/index.ts";
export type { AuthenticationType } from "./registered-proof.ts";
export type { DeviceDescription, DeviceIdentity, DeviceRegistry } from "./registry.ts";
export type { CertificateChoice } from "./server-tls.ts";
export { startLocalHub } from "./start-local-hub.ts";
export type { JsonObject, JsonValue, TwinDocument, TwinPatch, Twins } from "./twins/twins.ts";

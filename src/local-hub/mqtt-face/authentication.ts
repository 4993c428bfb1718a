import type { X509Certificate } from "node:crypto";
import { whoIs } from "../client-id.ts";
import type { Policy } from "../credentials/policies.ts";
import type { ConnectingIdentity } from "../identities/find-identity.ts";
import { type CertificateCredential, checkCertificate, isStillRegistered } from "./certificate-login.ts";
import { checkToken, isKeyStillHeld, type TokenCredential } from "./token-login.ts";
import { faultOfUserName } from "./user-name.ts";

/** What a device or module proved itself with; it is no longer welcome when this no longer counts. */
export type Credential = Proof & {
  /** Of the device or module that it was shown for: not of a later one of the same id, with the same key. */
  generationId: string;
};

type Proof = TokenCredential | CertificateCredential;

export type AuthenticationResult =
  | { accepted: true; credential: Credential }
  | { accepted: false; reason: string };

/** What the hub knows, to check a login against. */
export interface AuthenticationContext {
  identity: (clientId: string) => ConnectingIdentity | undefined;
  policies: readonly Policy[];
  hostNames: readonly string[];
  /** Those that certificates of type `certificateAuthority` may come from. */
  authorities: readonly X509Certificate[];
  now: () => number;
}

/** What a device's CONNECT says, and the certificate of its TLS handshake. */
export interface Login {
  clientId: string;
  userName: string | undefined;
  password: string | undefined;
  certificate: () => X509Certificate | undefined;
}

/**
 * Checks a login as IoT Hub does. The caller answers every refusal with the same CONNACK 5; the reason is for the hub's
 * own log only, since a device is never told which part was wrong.
 */
export function authenticate(login: Login, context: AuthenticationContext): AuthenticationResult {
  const refuse = (reason: string): AuthenticationResult => ({ accepted: false, reason });
  const { clientId } = login;
  const userNameFault = faultOfUserName(login);
  if (userNameFault !== undefined) return refuse(userNameFault);

  const identity = context.identity(clientId);
  if (identity === undefined) return refuse(`there is no such ${kindOf(clientId)}`);
  if (identity.status === "disabled") return refuse("the device is disabled");

  const options = { ...context, clientId, identity, now: context.now() };
  const proof = checkProof(login, options);
  if ("fault" in proof) return refuse(proof.fault);
  return { accepted: true, credential: { ...proof, generationId: identity.generationId } };
}

/** The registry says which proof counts: a key is no way in for who is known by a certificate, nor the reverse. */
export function checkProof(
  { password, certificate }: Pick<Login, "password" | "certificate">,
  options: Parameters<typeof checkToken>[1] & Parameters<typeof checkCertificate>[1],
): Proof | { fault: string } {
  if (options.identity.authenticationType === "sas") return checkToken(password, options);
  if (password) return { fault: "it gave a password, and is registered with a certificate" };
  return checkCertificate(certificate(), options);
}

/** Whether who got in with this credential would still get in, the dates of token or certificate aside. */
export function isStillWelcome(
  identity: ConnectingIdentity | undefined,
  options: { credential: Credential; policies: readonly Policy[] },
): boolean {
  if (identity?.status !== "enabled") return false;
  const { credential, policies } = options;
  if (identity.generationId !== credential.generationId) return false;
  if (credential.kind === "certificate") return isStillRegistered(identity, credential);
  return identity.authenticationType === "sas" && isKeyStillHeld(identity, { credential, policies });
}

function kindOf(clientId: string): string {
  return whoIs(clientId).moduleId === undefined ? "device" : "module";
}

import { newKey } from "../credentials/policies.ts";
import { HubError } from "../hub-error.ts";
import type { ActivityOf } from "../identities/activity.ts";
import type { ProofDescription, RegisteredProof } from "../identities/registered-proof.ts";
import { NEVER } from "../identities/registry.ts";
import { type Answer, json } from "./answers.ts";

/** How the activity of an identity is shown in its document. */
export function toActivity(activity: ActivityOf): Record<keyof ActivityOf, string> {
  const { connectionState, connectionStateUpdatedTime, lastActivityTime } = activity;
  return {
    connectionState,
    connectionStateUpdatedTime: connectionStateUpdatedTime ?? NEVER,
    lastActivityTime: lastActivityTime ?? NEVER,
  };
}

/** One identity, with its etag as a header too. */
export function oneIdentity(document: { etag: string }): Answer {
  return json(document, { headers: { etag: `"${document.etag}"` } });
}

/** Etags travel quoted, and may be called weak; the SDKs quote the asterisk too. */
export function etagOf(header: string | undefined): string | undefined {
  return header?.trim().replace(/^(?:W\/)?"(.*)"$/, "$1");
}

/** @throws HubError PreconditionFailed */
export function requiredEtagOf(header: string | undefined): string {
  const ifMatch = etagOf(header);
  if (ifMatch === undefined) throw new HubError("PreconditionFailed", "a delete needs an If-Match header");
  return ifMatch;
}

/**
 * What a document says of the proof; the registry checks each value, here they only get their names. The document is the
 * whole of it, at a change too: keys that it leaves blank are made anew, thumbprints taken away (azure-iothub, registry.d.ts,
 * "those properties will be reset"). Blank thumbprints of another type than `selfSigned` are what the service and its SDKs
 * write into every document.
 */
export function readProof(document: Record<string, unknown>): ProofDescription {
  const authentication = objectAt(document, "authentication");
  const keys = objectAt(authentication, "symmetricKey");
  const { primaryThumbprint, secondaryThumbprint } = objectAt(authentication, "x509Thumbprint");
  const byThumbprint = Boolean(primaryThumbprint || secondaryThumbprint);
  return presentOnly({
    authenticationType: authentication.type ?? (byThumbprint ? "selfSigned" : "sas"),
    primaryKey: isBlank(keys.primaryKey) ? newKey() : keys.primaryKey,
    secondaryKey: isBlank(keys.secondaryKey) ? newKey() : keys.secondaryKey,
    primaryThumbprint: primaryThumbprint ?? null,
    secondaryThumbprint: secondaryThumbprint ?? null,
  });
}

function isBlank(key: unknown): boolean {
  return key === undefined || key === null || key === "";
}

export function toAuthentication(proof: RegisteredProof): Record<string, unknown> {
  const { authenticationType: type, primaryKey, secondaryKey, ...rest } = proof;
  const { primaryThumbprint, secondaryThumbprint } = rest;
  return {
    symmetricKey: { primaryKey: primaryKey || null, secondaryKey: secondaryKey || null },
    x509Thumbprint: { primaryThumbprint, secondaryThumbprint },
    type,
  };
}

/** Without what is absent, which must not overwrite. Its values are of no type yet: the registry checks each. */
export function presentOnly(given: Record<string, unknown>): Record<string, never> {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, never>;
}

export function objectAt(parent: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = parent[name] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new HubError("ArgumentInvalid", `${name} is not an object`);
  }
  return value as Record<string, unknown>;
}

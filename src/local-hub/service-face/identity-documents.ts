import { HubError } from "../hub-error.ts";
import type { ProofDescription, RegisteredProof } from "../registered-proof.ts";
import { type Answer, json } from "./answers.ts";

/** What .NET writes for a time that never was. */
export const NEVER = "0001-01-01T00:00:00";

/** One identity, with its etag as a header too. */
export function oneIdentity(document: { etag: string }): Answer {
  return json(document, { headers: { etag: `"${document.etag}"` } });
}

/** Etags travel quoted; the SDKs quote the asterisk too. */
export function etagOf(header: string | undefined): string | undefined {
  return header?.trim().replace(/^"(.*)"$/, "$1");
}

/** @throws HubError PreconditionFailed */
export function requiredEtagOf(header: string | undefined): string {
  const ifMatch = etagOf(header);
  if (ifMatch === undefined) throw new HubError("PreconditionFailed", "a delete needs an If-Match header");
  return ifMatch;
}

/**
 * What a document says of the proof; the registry checks each value, here they only get their names. Blank thumbprints of
 * another type than `selfSigned` are what the service and its SDKs write into every document.
 */
export function readProof(document: Record<string, unknown>): ProofDescription {
  const authentication = objectAt(document, "authentication");
  const keys = objectAt(authentication, "symmetricKey");
  const thumbprints = objectAt(authentication, "x509Thumbprint");
  return presentOnly({
    authenticationType: authentication.type ?? undefined,
    primaryKey: keys.primaryKey ?? undefined,
    secondaryKey: keys.secondaryKey ?? undefined,
    primaryThumbprint: thumbprints.primaryThumbprint,
    secondaryThumbprint: thumbprints.secondaryThumbprint,
  });
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

function objectAt(parent: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = parent[name] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new HubError("ArgumentInvalid", `${name} is not an object`);
  }
  return value as Record<string, unknown>;
}

import { newKey } from "../credentials/policies.ts";
import { HubError } from "../hub-error.ts";

/** By what a device or module proves who it is: its key, its certificate, or a certificate of an authority. */
export type AuthenticationType = "sas" | "selfSigned" | "certificateAuthority";

/** What the registry holds of that. */
export interface RegisteredProof {
  authenticationType: AuthenticationType;
  /** Base64; empty unless the type is `sas`. */
  primaryKey: string;
  secondaryKey: string;
  /** SHA-1 or SHA-256 of a certificate: hex in capitals, without colons; null unless the type is `selfSigned`. */
  primaryThumbprint: string | null;
  secondaryThumbprint: string | null;
}

/**
 * What a caller may say of it. Blank or absent keys are made at creation, and left alone by an update; absent thumbprints
 * are left alone, blank ones taken away. Without a type, a thumbprint makes it `selfSigned`.
 */
export interface ProofDescription {
  authenticationType?: AuthenticationType;
  primaryKey?: string;
  secondaryKey?: string;
  primaryThumbprint?: string | null;
  secondaryThumbprint?: string | null;
}

const TYPES: readonly AuthenticationType[] = ["sas", "selfSigned", "certificateAuthority"];
const THUMBPRINT = /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/;

/** What is registered from now on. @throws HubError ArgumentInvalid */
export function registeredProof(description: ProofDescription, old?: RegisteredProof): RegisteredProof {
  checkKeys(description);
  const authenticationType = typeOf(description) ?? old?.authenticationType ?? "sas";
  const primaryThumbprint = thumbprintIn(description, "primaryThumbprint", old);
  const secondaryThumbprint = thumbprintIn(description, "secondaryThumbprint", old);
  switch (authenticationType) {
    case "sas":
      return {
        authenticationType,
        primaryKey: description.primaryKey || old?.primaryKey || newKey(),
        secondaryKey: description.secondaryKey || old?.secondaryKey || newKey(),
        primaryThumbprint: null,
        secondaryThumbprint: null,
      };
    case "selfSigned":
      if (primaryThumbprint === null && secondaryThumbprint === null) {
        throw invalid("authentication of type selfSigned needs a thumbprint");
      }
      return { authenticationType, primaryKey: "", secondaryKey: "", primaryThumbprint, secondaryThumbprint };
    case "certificateAuthority":
      return {
        authenticationType,
        primaryKey: "",
        secondaryKey: "",
        primaryThumbprint: null,
        secondaryThumbprint: null,
      };
  }
}

function typeOf(description: ProofDescription): AuthenticationType | undefined {
  const { authenticationType: type, primaryThumbprint, secondaryThumbprint } = description;
  if (type !== undefined && !TYPES.includes(type)) {
    throw invalid(`authentication is of type ${TYPES.join(", ")}, not ${JSON.stringify(type)}`);
  }
  return type ?? (primaryThumbprint || secondaryThumbprint ? "selfSigned" : undefined);
}

function thumbprintIn(
  description: ProofDescription,
  name: "primaryThumbprint" | "secondaryThumbprint",
  old: RegisteredProof | undefined,
): string | null {
  const given: unknown = description[name];
  if (given === undefined) return old?.[name] ?? null;
  if (given === null || given === "") return null;
  const bare = typeof given === "string" ? given.replaceAll(":", "").toUpperCase() : "";
  if (!THUMBPRINT.test(bare)) throw invalid(`${name} is SHA-1 or SHA-256 of a certificate, in hex`);
  return bare;
}

function checkKeys(description: ProofDescription): void {
  for (const name of ["primaryKey", "secondaryKey"] as const) {
    if (!isKeyOrBlank(description[name])) throw invalid(`${name} is base64 of 16 to 64 bytes`);
  }
}

/** Base64 of 16 to 64 bytes, or nothing. */
export function isKeyOrBlank(key: unknown): boolean {
  if (key === undefined || key === null || key === "") return true;
  if (typeof key !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.length % 4 !== 0) return false;
  const { length } = Buffer.from(key, "base64");
  return length >= 16 && length <= 64;
}

function invalid(message: string): HubError {
  return new HubError("ArgumentInvalid", message);
}

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { withoutPort } from "../ports/host-names.ts";

/** How far the clock of a token's maker may be behind the hub's, in milliseconds (Azure/iotedge, edgeHub). */
export const CLOCK_SKEW_MS = 5 * 60_000;

/** A shared access signature, taken apart but not yet believed. */
export interface SharedAccessSignature {
  /** `sr` exactly as it was sent: the signature covers these characters, so they are never encoded again. */
  signedResource: string;
  /** `se` exactly as it was sent. */
  signedExpiry: string;
  /** The host of `sr`, without port, in lower case. */
  host: string;
  /** The path of `sr`, decoded, without leading or trailing slash: `devices/dev1`, or empty for the whole hub. */
  path: string;
  signature: Buffer;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** `skn`: the hub policy whose key signed; undefined for a device's own key. */
  policyName: string | undefined;
}

const SCHEME = /^SharedAccessSignature\s+(.+)$/s;

/** Takes apart `SharedAccessSignature sr=…&sig=…&se=…[&skn=…]`, in any order; undefined if it is not one. */
export function parseSharedAccessSignature(text: string): SharedAccessSignature | undefined {
  const fields = parseFields(SCHEME.exec(text)?.[1]);
  const signedResource = fields?.get("sr");
  const signedExpiry = fields?.get("se");
  const resource = decode(signedResource);
  const encodedSignature = decode(fields?.get("sig"));
  const policyName = decode(fields?.get("skn") ?? "");
  if (!signedResource || !signedExpiry || !resource || !encodedSignature || policyName === undefined) {
    return undefined;
  }
  if (!/^\d{1,12}$/.test(signedExpiry)) return undefined;
  const slash = resource.indexOf("/");
  return {
    signedResource,
    signedExpiry,
    host: withoutPort(slash === -1 ? resource : resource.slice(0, slash)),
    path: slash === -1 ? "" : resource.slice(slash + 1).replace(/\/+$/, ""),
    signature: Buffer.from(encodedSignature, "base64"),
    expiresAt: Number(signedExpiry) * 1000,
    policyName: policyName === "" ? undefined : policyName,
  };
}

function parseFields(text: string | undefined): Map<string, string> | undefined {
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const part of text.split("&")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, equals);
    // A field given twice has no one meaning; what has no one meaning is not accepted as proof.
    if (equals < 1 || fields.has(name)) return undefined;
    fields.set(name, part.slice(equals + 1));
  }
  return fields;
}

function decode(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/**
 * The one of `keys` (base64) that made this signature: base64(HMAC-SHA256(key, sr + "\n" + se)); undefined if none did.
 * Every key is tried, and compared in constant time: the time tells nothing about which key failed, or where.
 */
export function signingKeyOf(token: SharedAccessSignature, keys: readonly string[]): string | undefined {
  let match: string | undefined;
  for (const key of keys) {
    const expected = hmacOf({ resource: token.signedResource, expiry: token.signedExpiry, key });
    const given = Buffer.alloc(expected.length);
    token.signature.copy(given);
    if (timingSafeEqual(given, expected) && token.signature.length === expected.length) match ??= key;
  }
  return match;
}

/** A token of this policy for all of the hub `host`, as callers of the service face write it into their Authorization header. */
export function makeServiceToken(options: {
  host: string;
  policy: { name: string; primaryKey: string };
  /** Milliseconds since 1970. */
  expiresAt: number;
}): string {
  const { host, policy, expiresAt } = options;
  const resource = encodeURIComponent(host);
  const expiry = String(Math.ceil(expiresAt / 1000));
  const signature = hmacOf({ resource, expiry, key: policy.primaryKey }).toString("base64");
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${policy.name}`;
}

function hmacOf({ resource, expiry, key }: { resource: string; expiry: string; key: string }): Buffer {
  // A key object first: given bytes, Node takes ten times as long to find out what they are.
  return createHmac("sha256", createSecretKey(key, "base64")).update(`${resource}\n${expiry}`).digest();
}

/** Whether the token is over, with the clock skew granted. */
export function isExpired(token: SharedAccessSignature, options: { now: number; skewMs?: number }): boolean {
  return token.expiresAt + (options.skewMs ?? CLOCK_SKEW_MS) <= options.now;
}

/** Whether the token's resource is `path` or one of its parents, segment by segment: `devices/a` is no parent of `devices/ab`. */
export function coversPath(token: SharedAccessSignature, path: string): boolean {
  return token.path === "" || path === token.path || path.startsWith(`${token.path}/`);
}

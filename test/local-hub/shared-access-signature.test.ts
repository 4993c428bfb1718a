import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coversPath,
  isExpired,
  parseSharedAccessSignature,
  type SharedAccessSignature,
  signingKeyOf,
} from "../../src/local-hub/credentials/shared-access-signature.ts";
import { makeToken } from "./support/token.ts";

const KEY = Buffer.alloc(32, 3).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 4).toString("base64");

function parsed(text: string): SharedAccessSignature {
  const token = parseSharedAccessSignature(text);
  if (token === undefined) throw new Error(`not a token: ${text}`);
  return token;
}

test("a token is taken apart, its fields in any order", () => {
  const text =
    "SharedAccessSignature se=1700000000&skn=my%20policy&sr=Host.Net%3A8883%2Fdevices%2Fa%2520b&sig=YQ%3D%3D";
  expect(parsed(text)).toEqual({
    signedResource: "Host.Net%3A8883%2Fdevices%2Fa%2520b",
    signedExpiry: "1700000000",
    host: "host.net",
    path: "devices/a%20b",
    signature: Buffer.from("a"),
    expiresAt: 1_700_000_000_000,
    policyName: "my policy",
  });
});

test.each([
  "",
  "SharedAccessSignature",
  "SharedAccessSignature ",
  "Bearer sr=a&sig=YQ&se=1",
  "SharedAccessSignature sr=a&sig=YQ",
  "SharedAccessSignature sr=a&se=1",
  "SharedAccessSignature sig=YQ&se=1",
  "SharedAccessSignature sr=&sig=YQ&se=1",
  "SharedAccessSignature sr=a&sig=YQ&se=soon",
  "SharedAccessSignature sr=a&sig=YQ&se=-1",
  "SharedAccessSignature sr=a&sig=YQ&se=1e9",
  "SharedAccessSignature sr=a&sig=YQ&se=9999999999999",
  "SharedAccessSignature sr=a&sig=YQ&se=1&sr=b",
  "SharedAccessSignature sr=%&sig=YQ&se=1",
  "SharedAccessSignature sr=a&sig=%E0%A4&se=1",
  "SharedAccessSignature sr=a&sig=YQ&se=1&skn=%",
  "SharedAccessSignature =a&sr=a&sig=YQ&se=1",
])("%j is not a token", (text) => {
  expect(parseSharedAccessSignature(text)).toBeUndefined();
});

test("no text makes the parser throw", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((tail) => `SharedAccessSignature sr=${tail}&sig=YQ&se=1`),
  );
  fc.assert(fc.property(text, (given) => void parseSharedAccessSignature(given)));
});

describe("the signature", () => {
  test("is of the key that made it, primary or secondary", () => {
    const token = parsed(makeToken({ resource: "h/devices/d", key: KEY }));
    expect(signingKeyOf(token, [KEY, OTHER_KEY])).toBe(KEY);
    expect(signingKeyOf(token, [OTHER_KEY, KEY])).toBe(KEY);
    expect(signingKeyOf(token, [OTHER_KEY])).toBeUndefined();
    expect(signingKeyOf(token, [])).toBeUndefined();
  });

  test("covers the resource as it was sent, however it was encoded", () => {
    const token = parsed(makeToken({ resource: "h/devices/ü 1", key: KEY }));
    const lower = { ...token, signedResource: token.signedResource.toLowerCase() };
    expect(signingKeyOf(token, [KEY])).toBe(KEY);
    expect(signingKeyOf(lower, [KEY])).toBeUndefined();
  });

  test("no change of resource, expiry or signature goes unnoticed", () => {
    const token = parsed(makeToken({ resource: "h/devices/d", key: KEY }));
    fc.assert(
      fc.property(
        fc.string().filter((text) => text !== token.signedResource),
        fc.string().filter((text) => text !== token.signedExpiry),
        fc.uint8Array({ maxLength: 64 }).filter((bytes) => !token.signature.equals(bytes)),
        (signedResource, signedExpiry, signature) => {
          expect(signingKeyOf({ ...token, signedResource }, [KEY])).toBeUndefined();
          expect(signingKeyOf({ ...token, signedExpiry }, [KEY])).toBeUndefined();
          expect(signingKeyOf({ ...token, signature: Buffer.from(signature) }, [KEY])).toBeUndefined();
        },
      ),
    );
  });

  test("with bytes after it is not one", () => {
    const token = parsed(makeToken({ resource: "h/devices/d", key: KEY }));
    const signature = Buffer.concat([token.signature, Buffer.alloc(1)]);
    expect(signingKeyOf({ ...token, signature }, [KEY])).toBeUndefined();
  });
});

test.each([
  [1_000_000, false],
  [1_299_999, false],
  [1_300_000, true],
])("a token of second 1000 is over five minutes later: at millisecond %i %j", (now, over) => {
  const token = parsed("SharedAccessSignature sr=a&sig=YQ&se=1000");
  expect(isExpired(token, { now })).toBe(over);
});

test.each([
  ["h", "devices/a", true],
  ["h/", "devices/a", true],
  ["h/devices", "devices/a", true],
  ["h/devices/", "devices/a", true],
  ["h/devices/a", "devices/a", true],
  ["h/devices/a", "devices/a/messages", true],
  ["h/devices/a", "devices/ab", false],
  ["h/devices/ab", "devices/a", false],
  ["h/DEVICES/a", "devices/a", false],
  ["h/devices/a/..", "devices/b", false],
])("a token for %s and the path %s: covered is %j", (resource, path, covered) => {
  const token = parsed(makeToken({ resource, key: KEY }));
  expect(coversPath(token, path)).toBe(covered);
});

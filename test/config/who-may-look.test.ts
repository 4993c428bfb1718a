import { describe, expect, test } from "vitest";
import { secretValues } from "../../src/config/index.ts";
import { workspace } from "./workspace.ts";

const observe = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [`HUBHAND_OBSERVE_${name}`, value]));

const LONG = "0123456789abcdef";

describe("settings of who may look that cannot be meant are refused", () => {
  test.each<[string, Record<string, string>, RegExp]>([
    [
      "a certificate without its key",
      { TLS_CERTIFICATE_FILE: "cert.pem" },
      /^observe\.tls\.certificateFile: it is set \(environment variable HUBHAND_OBSERVE_TLS_CERTIFICATE_FILE\), and observe\.tls\.keyFile is not\./,
    ],
    [
      "a key without its certificate",
      { TLS_KEY_FILE: "key.pem" },
      /^observe\.tls\.keyFile: .* and observe\.tls\.certificateFile is not\./,
    ],
    ["a name without a password", { USERNAME: "ann" }, /^observe\.username: .*there is no observe\.password/],
    [
      "a name with a colon, where the password would begin",
      { USERNAME: "a:nn", PASSWORD: "long enough" },
      /^observe\.username: .*colon/,
    ],
    ["a short password", { PASSWORD: "shrt-pw" }, /^observe\.password: .*8 characters/],
    ["a password with a tab", { PASSWORD: "a\tlong one" }, /^observe\.password: .*control character/],
    ["a short token", { TOKEN: "fifteen-letters" }, /^observe\.token: .*16 characters/],
    ["a token with a space", { TOKEN: `${LONG} ` }, /^observe\.token: .*space/],
    ["a token with an umlaut", { TOKEN: `${LONG}ü` }, /^observe\.token: .*ASCII/],
    ["a short token for doing things", { CONTROL_TOKEN: "fifteen-letters" }, /^observe\.controlToken: /],
  ])("%s", (_, settings, expected) => {
    const problems = workspace().problems({ env: observe(settings) });
    expect(problems).toEqual([expect.stringMatching(expected)]);
    for (const [name, value] of Object.entries(settings))
      if (/PASSWORD|TOKEN/.test(name)) expect(problems.join()).not.toContain(value);
  });
});

test("a password may have any letter, and it and the tokens are secrets that no line of the log shows", () => {
  const secrets = ["pässwörter: sind erlaubt", LONG, `${LONG}2`];
  const [PASSWORD = "", TOKEN = "", CONTROL_TOKEN = ""] = secrets;
  const config = workspace().load({ env: observe({ USERNAME: "ann", PASSWORD, TOKEN, CONTROL_TOKEN }) });
  expect(secretValues(config)).toEqual(secrets);
});

import { describe, expect, test } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import { parseServiceConnectionString } from "../../src/service/index.ts";

const KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";
const GOOD = `HostName=my-hub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=${KEY}`;
const PARSED = { hostName: "my-hub.azure-devices.net", port: 443, policyName: "service", key: KEY };

const parse = (text: string) => parseServiceConnectionString(text, "--login");

function problem(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof HubhandError && error.code === "CONFIG_INVALID") return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

test.each([
  ["as the portal shows it", GOOD],
  ["double quotes", `"${GOOD}"`],
  ["single quotes and spaces", ` '${GOOD}' \n`],
  ["a Windows line end", `${GOOD}\r\n`],
  ["broken over lines", GOOD.replaceAll(";", ";\n  ")],
  ["spaces in it", GOOD.replaceAll(";", " ; ")],
  [
    "another order, a last semicolon",
    `SharedAccessKey=${KEY};SharedAccessKeyName=service;HostName=${PARSED.hostName};`,
  ],
  ["other capitals", GOOD.replace("HostName", "hostname")],
])("is read: %s", (_what, text) => {
  expect(parse(text)).toEqual(PARSED);
});

test("the host may have a port, and may be an address", () => {
  expect(parse(GOOD.replace(PARSED.hostName, "localhost:8443"))).toMatchObject({
    hostName: "localhost",
    port: 8443,
  });
  expect(parse(GOOD.replace(PARSED.hostName, "127.0.0.1:1"))).toMatchObject({
    hostName: "127.0.0.1",
    port: 1,
  });
});

describe("another kind is told so", () => {
  test.each([
    [
      `HostName=h.net;DeviceId=pi;SharedAccessKey=${KEY}`,
      "a device's (it has DeviceId); the service side needs a policy's",
    ],
    [
      `Endpoint=sb://x.net/;SharedAccessKeyName=service;SharedAccessKey=${KEY};EntityPath=x`,
      "an Event Hub's",
    ],
    [
      `HostName=x.azure-devices-provisioning.net;SharedAccessKeyName=p;SharedAccessKey=${KEY}`,
      "provisioning service",
    ],
    ["HostName=h.net;SharedAccessSignature=SharedAccessSignature sr=h.net&sig=abc", "give the key"],
  ])("%s", (text, told) => {
    expect(problem(text)).toContain(told);
    expect(problem(text)).toMatch(/^The service connection string \(--login\) /);
  });
});

describe("a fault is named", () => {
  test.each([
    ["", "is empty"],
    ['""', "is empty"],
    ["HostName=my-hub.azure-devices.net", 'A shell cuts it at the first ";"'],
    [`SharedAccessKeyName=service;SharedAccessKey=${KEY}`, "has no HostName"],
    [`HostName=h.net;SharedAccessKey=${KEY}`, "has no SharedAccessKeyName"],
    ["HostName=h.net;SharedAccessKeyName=service", "has no SharedAccessKey"],
    [`HostName=;SharedAccessKeyName=service;SharedAccessKey=${KEY}`, "has an empty HostName"],
    [GOOD.replace(PARSED.hostName, "https://h.net"), "is no host name"],
    [GOOD.replace(PARSED.hostName, "h.net:0"), "is no host name"],
    [GOOD.replace(PARSED.hostName, "h.net:65536"), "is no host name"],
    [`${GOOD};HostName=h.net`, "has HostName twice"],
    [GOOD.replace("KeyName", "KeyNam"), "did you mean SharedAccessKeyName?"],
    [GOOD.slice(0, -2), "not base64"],
  ])("%s: %s", (text, told) => {
    expect(problem(text)).toContain(told);
  });
});

test("no part of a key is in any error", () => {
  const key = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk=";
  const withKey = GOOD.replace(KEY, key);
  const torn = Array.from({ length: withKey.length }, (_, at) => [
    withKey.slice(0, at),
    withKey.slice(at),
    `${withKey.slice(0, at)};${withKey.slice(at)}`,
    `${withKey.slice(0, at)}=${withKey.slice(at)}`,
  ]).flat();
  for (const text of torn) {
    let message = "";
    try {
      parse(text);
    } catch (error) {
      message = (error as Error).message;
    }
    for (let at = 0; at + 6 <= key.length; at += 1) expect(message).not.toContain(key.slice(at, at + 6));
  }
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import { parseConnectionString } from "../../src/link/connection-string.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const GOOD = `HostName=contoso.azure-devices.net;DeviceId=pi-1;SharedAccessKey=${KEY}`;
const READ = { hostName: "contoso.azure-devices.net", deviceId: "pi-1", key: KEY };
const ORIGIN = "environment variable HUBHAND_CONNECTION_STRING";

function problemOf(text: string): string {
  try {
    parseConnectionString(text, ORIGIN);
  } catch (error) {
    expect(error).toBeInstanceOf(HubhandError);
    expect((error as HubhandError).code).toBe("CONFIG_INVALID");
    expect((error as HubhandError).message).toContain(ORIGIN);
    return (error as HubhandError).message;
  }
  throw new Error(`accepted: ${text}`);
}

describe("a connection string", () => {
  it("is read as the portal shows it", () => {
    expect(parseConnectionString(GOOD, ORIGIN)).toEqual(READ);
  });

  it("may name a port and a gateway", () => {
    const text = `HostName=localhost:18883;DeviceId=pi-1;SharedAccessKey=${KEY};GatewayHostName=edge.local`;
    expect(parseConnectionString(text, ORIGIN)).toMatchObject({
      hostName: "localhost:18883",
      gatewayHostName: "edge.local",
    });
  });

  it.each(["10.0.0.4", "10.0.0.4:8883", "h.net:1", "h.net:65535"])("may name the host %s", (hostName) => {
    const text = `HostName=${hostName};DeviceId=pi-1;SharedAccessKey=${KEY}`;
    expect(parseConnectionString(text, ORIGIN)).toMatchObject({ hostName });
  });

  it("may be a module's", () => {
    const text = `HostName=h.net;DeviceId=pi-1;ModuleId=reader;SharedAccessKey=${KEY}`;
    expect(parseConnectionString(text, ORIGIN)).toMatchObject({ deviceId: "pi-1", moduleId: "reader" });
  });

  it("has no key where a certificate stands in for it", () => {
    const text = "HostName=h.net;DeviceId=pi-1;x509=true";
    expect(parseConnectionString(text, ORIGIN)).toEqual({ hostName: "h.net", deviceId: "pi-1" });
  });

  it.each([
    ["double quotes", `"${GOOD}"`],
    ["single quotes", `'${GOOD}'`],
    ["a newline after it", `${GOOD}\n`],
    ["a Windows newline and spaces", `  ${GOOD} \r\n`],
    ["quotes and a newline", `"${GOOD}\n"\n`],
    ["a line break in the middle", GOOD.replace(";DeviceId", ";\n  DeviceId")],
    ["a semicolon at the end", `${GOOD};`],
    ["spaces around the parts", GOOD.replaceAll(";", " ; ")],
    ["names in lower case", GOOD.replace("HostName", "hostname").replace("DeviceId", "deviceid")],
  ])("forgives %s", (_, text) => {
    expect(parseConnectionString(text, ORIGIN)).toEqual(READ);
  });

  it.each([
    ["", "is empty"],
    ['""', "is empty"],
    ["hello", 'no "="'],
    [`DeviceId=pi-1;SharedAccessKey=${KEY}`, "no HostName"],
    [`HostName=h.net;SharedAccessKey=${KEY}`, "no DeviceId"],
    [`HostName=h.net;SharedAccessKeyName=iothubowner;SharedAccessKey=${KEY}`, "service connection string"],
    [`HostName=h.net;DeviceId=a;SharedAccessKeyName=device;SharedAccessKey=${KEY}`, "hub policy"],
    ["HostName=h.net;DeviceId=pi-1", "no SharedAccessKey"],
    [`HostName=h.net;DeviceId=pi-1;x509=true;SharedAccessKey=${KEY}`, "both x509=true"],
    [
      "HostName=h.net;DeviceId=pi-1;SharedAccessSignature=SharedAccessSignature sr=a&sig=b",
      "SharedAccessSignature",
    ],
    [`HostName=h.net;DeviceId=pi-1;ModuleId=a b;SharedAccessKey=${KEY}`, "ModuleId"],
    [`HostName=h.net;DeviceId=a b;SharedAccessKey=${KEY}`, "DeviceId"],
    [`HostName=h.net;DeviceId=${"a".repeat(129)};SharedAccessKey=${KEY}`, "DeviceId"],
    [`HostName=https://h.net;DeviceId=a;SharedAccessKey=${KEY}`, "HostName that is not a host name"],
    [
      `HostName=1.2.3.999;DeviceId=a;SharedAccessKey=${KEY}`,
      "HostName that is neither a host name nor an IP",
    ],
    [`HostName=h.net:99999;DeviceId=a;SharedAccessKey=${KEY}`, "HostName with a port that is not between"],
    [`HostName=h.net:0;DeviceId=a;SharedAccessKey=${KEY}`, "HostName with a port that is not between"],
    [
      `HostName=h.net;DeviceId=a;GatewayHostName=edge:65536;SharedAccessKey=${KEY}`,
      "GatewayHostName with a port that is not between",
    ],
    [`HostName=h.net;DeviceId=;SharedAccessKey=${KEY}`, "empty DeviceId"],
    [`HostName=h.net;DeviceId=a;DeviceId=b;SharedAccessKey=${KEY}`, "DeviceId twice"],
    [`HostName=h.net;DevceId=a;SharedAccessKey=${KEY}`, "did you mean DeviceId"],
    [`HostName=h.net;DeviceId=a;SharedAccessKey=${KEY.slice(0, -3)}`, "not base64"],
    [`HostName=h.net;DeviceId=a;SharedAccessKey=${KEY.slice(0, 8)}`, "6 bytes"],
    ["HostName=h.net;DeviceId=a;SharedAccessKey=<key>", "not base64"],
  ])("refuses %j and says why", (text, expected) => {
    expect(problemOf(text)).toContain(expected);
  });

  it("never shows any of the key, however the string is broken", () => {
    const key = fc
      .uint8Array({ minLength: 24, maxLength: 64 })
      .map((bytes) => Buffer.from(bytes).toString("base64"));
    const breaks = fc.constantFrom(
      (text: string) => text.replace("DeviceId=", "DevId="),
      (text: string) => text.replace("HostName=h.net;", ""),
      (text: string) => text.replace("SharedAccessKey=", "SharedAccessKey"),
      (text: string) => text.replace("SharedAccessKey=", ""),
      (text: string) => text.replace(";SharedAccessKey", "SharedAccessKey"),
      (text: string) => text.replace("SharedAccessKey=", "SharedAccessKey=;"),
      (text: string) => `${text};${text}`,
      (text: string) => text.slice(0, -2),
      (text: string) => text.replace("SharedAccessKey=", "SharedAccessKey=%"),
    );
    fc.assert(
      fc.property(key, breaks, (secret, damage) => {
        fc.pre(new Set(secret).size > 8);
        let message = "";
        try {
          parseConnectionString(damage(`HostName=h.net;DeviceId=a;SharedAccessKey=${secret}`), ORIGIN);
        } catch (error) {
          message = (error as Error).message;
        }
        for (let at = 0; at + 6 <= secret.length; at += 1)
          expect(message).not.toContain(secret.slice(at, at + 6));
      }),
    );
  });
});

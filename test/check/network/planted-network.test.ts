import { writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { createTestAuthority, createTestCertificate } from "../../support/certificates.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { startProxy, type TestProxy } from "../../support/hub/proxy.ts";
import { at, connecting, each, listening, OTHER_KEY } from "../planting.ts";
import { checkWith, DEVICE_ID, hurried, spokenBy, startHub } from "../support.ts";

const cleanUp = cleanUpAfterAll();
let hub: LocalHub;
let proxy: TestProxy;
let well: Record<string, string>;
/** A port that takes connections and says nothing. */
let silent: number;
/** A web server that is no hub. */
let stranger: number;

beforeAll(async () => {
  ({ hub, env: well } = await startHub(cleanUp));
  proxy = await startProxy();
  cleanUp.add(() => proxy.stop());
  silent = await listening(cleanUp);
  stranger = await listening(
    cleanUp,
    createHttpServer((_, response) => response.end("hello")),
  );
});

it("where nothing is planted, nobody speaks up, and the device is known to the hub", async () => {
  const checked = await checkWith({ env: well });
  expect(spokenBy(checked)).toEqual({});
  expect(checked.of("login")).toMatchObject({
    result: "ok",
    detail: `it knows ${DEVICE_ID}, and accepts its key`,
  });
  expect(hub.isConnected(DEVICE_ID)).toBe(false);
});

describe("the way to the hub", () => {
  each({
    "a name that does not resolve": () => ({
      env: connecting(well, `HostName=nobody.invalid;DeviceId=pi;SharedAccessKey=${OTHER_KEY}`),
      says: { dns: "fatal" },
      detail: /nobody\.invalid/,
      remedy: /Check the name|online/,
    }),
    "8883 refused": () => ({
      env: at(well, { mqtt: 1, webSockets: hub.httpsPort }),
      says: { mqtt: "warning" },
      detail: /nothing listens there/,
      remedy: /outgoing TCP 8883/,
    }),
    "8883 silently dropped": () => ({
      env: at(well, { mqtt: silent, webSockets: hub.httpsPort }),
      clock: hurried,
      says: { mqtt: "warning" },
      detail: /no answer: a firewall/,
      remedy: /outgoing TCP 8883/,
    }),
    "443 refused": () => ({
      env: at(well, { mqtt: hub.mqttPort, webSockets: 1 }),
      says: { websockets: "warning" },
      detail: /nothing listens there/,
      remedy: /outgoing TCP 443/,
    }),
    "both closed": () => ({
      env: at(well, { mqtt: 1, webSockets: 1 }),
      says: { mqtt: "fatal", websockets: "fatal" },
      detail: /nothing listens there/,
      remedy: /this machine itself/,
    }),
    "a portal that speaks no TLS": () => ({
      env: at(well, { mqtt: stranger, webSockets: hub.httpsPort }),
      says: { mqtt: "warning" },
      detail: /TLS failed/,
      remedy: /not the hub answers on port 8883/,
    }),
    "HTTPS is let through, and WebSockets are not": async () => {
      const issuer = await createTestAuthority();
      const shown = await createTestCertificate({ commonName: "x", hostNames: ["localhost"], issuer });
      const { certificate: cert, privateKey: key } = shown;
      const server = createHttpsServer({ cert, key }, (_, response) => response.writeHead(412).end());
      const caFile = join(await cleanUp.folder(), "both.pem");
      await writeFile(caFile, `${hub.ca}\n${issuer.certificate}`);
      return {
        env: {
          ...at(well, { mqtt: hub.mqttPort, webSockets: await listening(cleanUp, server) }),
          HUBHAND_HUB_CA_FILE: caFile,
        },
        says: { websockets: "warning" },
        detail: /speaks HTTPS, and opens no WebSocket \(HTTP 412\)/,
        remedy: /let WebSockets through/,
      };
    },
    "a proxy that is not there": () => ({
      env: { ...well, HUBHAND_LINK_PROXY: "http://127.0.0.1:1", HUBHAND_LINK_TRANSPORT: "websockets" },
      says: { proxy: "fatal" },
      detail: /127\.0\.0\.1:1 does not answer/,
      remedy: /link\.proxy/,
    }),
    "one that is the only way out, as 8883 is closed": () => ({
      env: { ...at(well, { mqtt: 1, webSockets: hub.httpsPort }), HUBHAND_LINK_PROXY: "http://127.0.0.1:1" },
      says: { proxy: "fatal" },
      detail: /127\.0\.0\.1:1 does not answer/,
      remedy: /link\.proxy/,
    }),
    "one that speaks no TLS, though its URL says so": () => ({
      env: {
        ...well,
        HUBHAND_LINK_PROXY: proxy.url.replace("http:", "https:"),
        HUBHAND_LINK_TRANSPORT: "websockets",
      },
      says: { proxy: "fatal" },
      detail: /TLS failed/,
      remedy: /http:\/\//,
    }),
    "a proxy that refuses CONNECT": () => {
      proxy.refuse(403);
      return {
        env: { ...well, HUBHAND_LINK_PROXY: proxy.url, HUBHAND_LINK_TRANSPORT: "websockets" },
        says: { proxy: "fatal" },
        detail: /HTTP 403/,
        remedy: /allow CONNECT/,
      };
    },
    "a proxy that wants a password": () => {
      proxy.refuse(407);
      return {
        env: { ...well, HUBHAND_LINK_PROXY: proxy.url, HUBHAND_LINK_TRANSPORT: "websockets" },
        says: { proxy: "fatal" },
        detail: /HTTP 407/,
        remedy: /user and password/,
      };
    },
  });
});

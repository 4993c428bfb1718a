import { writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { createTestCertificate, thumbprintsOf, writeCertificate } from "../../support/certificates.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { connecting, OTHER_KEY } from "../planting.ts";
import { checkWith, DEVICE_ID, startHub } from "../support.ts";

/** Where port 443 is closed, only a login tells whether the hub takes the device. */
const cleanUp = cleanUpAfterAll();
let hub: LocalHub;
let closed: Record<string, string>;

beforeAll(async () => {
  const started = await startHub(cleanUp);
  hub = started.hub;
  closed = { ...started.env, HUBHAND_LINK_WEB_SOCKET_PORT: "1" };
});

const login = async (env: Record<string, string>, mayLogIn: boolean | "if-alone" = true) =>
  (await checkWith({ env, mayLogIn })).of("login");

it("nobody logs in who was not asked to, and is told how", async () => {
  expect(await login(closed, false)).toMatchObject({
    result: "skipped",
    detail: expect.stringMatching(/^port 443 is closed.*--login asks by MQTT, and ends its connection/),
  });
});

it("where no agent can be seen, one logs in unasked; where one may be, not", async () => {
  const directory = await cleanUp.folder();
  const env = { ...closed, HUBHAND_STATE_DIRECTORY: directory };
  expect((await login(env, "if-alone"))?.result).toBe("ok");
  const run = { count: 1, startedAt: new Date(0).toISOString(), pid: 7 };
  const write = (record: object) => writeFile(path.join(directory, "boot.json"), JSON.stringify(record));
  // Its process may be one of another container: that it cannot be seen says nothing.
  await write(run);
  expect((await login(env, "if-alone"))?.result).toBe("skipped");
  await write({ ...run, ended: { reason: "stopped" } });
  expect((await login(env, "if-alone"))?.result).toBe("ok");
});

it("an agent that asks need not log in to know that it is in", async () => {
  const { of } = await checkWith({ env: closed, isOnline: () => true });
  expect(of("login")).toMatchObject({ result: "ok", detail: "it let this agent in, which is online" });
});

it("the right key is accepted, and the hub is left alone afterwards", async () => {
  expect(await login(closed)).toMatchObject({
    result: "ok",
    detail: `it knows ${DEVICE_ID}, and accepts its key`,
  });
  await expect.poll(() => hub.isConnected(DEVICE_ID)).toBe(false);
});

it("a wrong one is refused", async () => {
  const wrong = hub
    .deviceConnectionString(DEVICE_ID)
    .replace(/SharedAccessKey=.*/, `SharedAccessKey=${OTHER_KEY}`);
  expect(await login(connecting(closed, wrong))).toMatchObject({
    result: "fatal",
    detail: expect.stringMatching(/refuses the key of pi-1 \(CONNACK 5\)/),
  });
});

it("modules are asked so, too", async () => {
  await hub.modules.create({ deviceId: DEVICE_ID, moduleId: "m" });
  const module = hub.moduleConnectionString(DEVICE_ID, "m");
  expect(await login(connecting(closed, module), false)).toMatchObject({
    result: "skipped",
    detail: expect.stringContaining("modules are not asked over HTTPS, and an agent may be in"),
  });
  expect((await login(connecting(closed, module)))?.result).toBe("ok");
});

it("by certificate", async () => {
  const pair = await createTestCertificate({ commonName: "by-certificate" });
  const primaryThumbprint = thumbprintsOf(pair.certificate).sha256;
  await hub.registry.create({ deviceId: "by-certificate", primaryThumbprint });
  const { certificateFile, keyFile } = await writeCertificate(pair, { folder: await cleanUp.folder() });
  const env = {
    ...connecting(closed, hub.deviceConnectionString("by-certificate")),
    HUBHAND_HUB_CERTIFICATE_FILE: certificateFile,
    HUBHAND_HUB_CERTIFICATE_KEY_FILE: keyFile,
  };
  expect(await login(env)).toMatchObject({
    result: "ok",
    detail: expect.stringContaining("its certificate"),
  });
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { checkWith } from "./support.ts";

const cleanUp = cleanUpAfterEach();
const KEY = Buffer.alloc(32, 7).toString("base64");
const OFFLINE = { HUBHAND_CONNECTION_STRING: `HostName=localhost:1;DeviceId=pi;SharedAccessKey=${KEY}` };

describe("the configuration", () => {
  it("that cannot be used is told with all its problems, and what needs it is skipped", async () => {
    const { results, of } = await checkWith({ env: { HUBHAND_OBSERVE_PORT: "x" } });
    expect(of("configuration")).toMatchObject({
      result: "fatal",
      detail: expect.stringContaining("observe.port"),
    });
    const others = results.filter(({ id }) => !["configuration", "memory", "open-files"].includes(id));
    for (const { because } of others) expect(because).toBe("configuration");
  });
});

it("what of it is passed over is a warning", async () => {
  const { of } = await checkWith({ env: { ...OFFLINE, HTTPS_PROXY: "socks5://127.0.0.1:1" } });
  expect(of("configuration")).toMatchObject({
    result: "warning",
    detail: expect.stringContaining("HTTPS_PROXY"),
  });
});

it.each([
  ["Europe/Berln", "warning"],
  ["CET-1CEST", "warning"],
  [":/etc/localtime", "warning"],
  [":Europe/Berlin", "ok"],
  ["UTC0", "ok"],
  ["", "ok"],
])("a TZ that Node makes nothing of is a warning: %j", async (TZ, result) => {
  const { of } = await checkWith({ env: { ...OFFLINE, TZ }, only: ["configuration"] });
  expect(of("configuration")?.result).toBe(result);
  const zoned = { ...OFFLINE, TZ, HUBHAND_SCHEDULE_TIMEZONE: "Europe/Berlin" };
  expect((await checkWith({ env: zoned, only: ["configuration"] })).of("configuration")?.result).toBe("ok");
});

describe("who the device is", () => {
  it("is told, without its key", async () => {
    const { results, of } = await checkWith({ env: OFFLINE });
    expect(of("identity")).toMatchObject({ result: "ok", detail: expect.stringContaining("device pi") });
    expect(JSON.stringify(results)).not.toContain(KEY.slice(0, 12));
  });

  it("that nobody says it is fatal; the network is not looked at", async () => {
    const { of } = await checkWith({});
    expect(of("identity")).toMatchObject({
      result: "fatal",
      detail: expect.stringContaining("No connection string"),
    });
    for (const id of ["dns", "mqtt", "websockets", "clock"]) expect(of(id)?.result).toBe("skipped");
  });

  it("a device that is to be provisioned: its service is looked at, and not asked", async () => {
    const { of } = await checkWith({
      env: {
        HUBHAND_HUB_PROVISIONING_ID_SCOPE: "0ne00000000",
        HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi",
        HUBHAND_HUB_PROVISIONING_KEY: KEY,
        HUBHAND_HUB_PROVISIONING_ENDPOINT: "localhost:1",
        // Somebody may have 443 of the machine that tests.
        HUBHAND_LINK_WEB_SOCKET_PORT: "1",
      },
    });
    expect(of("identity")).toMatchObject({
      result: "ok",
      detail: expect.stringContaining("idScope 0ne00000000"),
    });
    expect(of("mqtt")).toMatchObject({ result: "fatal", detail: expect.stringContaining("localhost:1") });
  });
});

describe("the state directory", () => {
  it("that is not there yet can be made; nothing is made", async () => {
    const directory = join(await cleanUp.folder(), "not", "yet");
    const { of } = await checkWith({ env: { ...OFFLINE, HUBHAND_STATE_DIRECTORY: directory } });
    expect(of("state-directory")).toMatchObject({
      result: "ok",
      detail: expect.stringContaining("will be made"),
    });
  });

  it("that cannot be one is a warning: the agent works without", async () => {
    const file = join(await cleanUp.folder(), "file");
    await writeFile(file, "");
    const { of } = await checkWith({ env: { ...OFFLINE, HUBHAND_STATE_DIRECTORY: join(file, "state") } });
    expect(of("state-directory")).toMatchObject({
      result: "warning",
      remedy: expect.stringContaining("state.directory"),
    });
  });
});

describe("the plugins", () => {
  it.each([
    ["all are well", { plugins: [{ name: "a" }, { name: "b" }] }, "ok", "a, b"],
    ["there are none", { plugins: [] }, "skipped", "there are none"],
    ["the folder cannot be read", { plugins: [], folderProblem: "no folder" }, "warning", "no folder"],
    [
      "one is broken",
      { plugins: [{ name: "a" }, { name: "b", problem: "no bus" }] },
      "fatal",
      'plugin "b": no bus',
    ],
  ])("%s", async (_, plugins, result, detail) => {
    expect((await checkWith({ env: OFFLINE, plugins })).of("plugins")).toMatchObject({ result, detail });
  });
});

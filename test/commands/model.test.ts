import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Interface } from "../../src/model/dtdl.ts";
import { parsed } from "../model/parser.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const LAUNCHER = fromHere("../../bin/hubhand.js");
const cleanUp = cleanUpAfterEach();

/** The verb, as its users run it. */
async function model(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH = "" } = process.env;
  const cwd = await cleanUp.folder();
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [LAUNCHER, "model", ...args],
      { cwd, env: { PATH, ...COMPILE_CACHE, HUBHAND_PLUGINS_TRUST_FOLDER: "true", ...env } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const interfacesIn = (stdout: string) => JSON.parse(stdout) as readonly Interface[];

/** What an interface has, as a reader would list it. */
const contentsOf = (interfaces: readonly Interface[], id: string) =>
  interfaces.find((each) => each["@id"] === id)?.contents.map((each) => `${each["@type"]} ${each.name}`);

it("the model of the examples: a component for each plugin, its settings as properties, its methods as commands", async () => {
  const [plugins, demo] = await Promise.all([
    model(["--id", "dtmi:example:gateway;1", "--plugins-directory", fromHere("../../examples/plugins")]),
    model(["--twin-model-id", "dtmi:demo;3", "--plugins-directory", fromHere("../../examples/demo")]),
  ]);
  for (const { stdout } of [plugins, demo]) await parsed(interfacesIn(stdout));
  const interfaces = interfacesIn(plugins.stdout);
  expect(contentsOf(interfaces, "dtmi:example:gateway;1")).toEqual([
    ...["logLevel", "heartbeatInterval", "enabledPlugins", "tasks"].map((name) => `Property ${name}`),
    ...["agent", "link", "plugins"].map((name) => `Property ${name}`),
    ...["clock", "counter", "gpio", "hubhand", "systemd"].map((name) => `Component ${name}`),
    ...["disk_space", "http_sidecar", "raspberry_pi", "room_climate"].map((name) => `Component ${name}`),
  ]);
  expect(contentsOf(interfaces, "dtmi:example:gateway:gpio;1")).toEqual([
    "Property chip",
    "Property lines",
    "Command gpio_get",
    "Command gpio_set",
  ]);
  const measured = ["celsius", "humidityPercent", "hectopascal", "alarm"].map((name) => `Telemetry ${name}`);
  expect(contentsOf(interfaces, "dtmi:example:gateway:room_climate;1")).toEqual([
    ...["root", "room", "alarmAboveCelsius"].map((name) => `Property ${name}`),
    ...measured,
    "Command climate_read",
  ]);
  expect(contentsOf(interfaces, "dtmi:example:gateway:disk_space;1")).toContain("Telemetry usedPercent");
  expect(contentsOf(interfaces, "dtmi:example:gateway:hubhand;1")).toEqual(
    expect.arrayContaining(["Telemetry uptimeSeconds", "Command hubhand_ping"]),
  );
  expect(plugins.stderr).toContain(
    'hubhand: plugin "systemd": setting "command" is left out: properties hold no arrays in DTDL v2\n',
  );
  expect(interfacesIn(demo.stdout)[0]).toMatchObject({ "@id": "dtmi:demo;3", displayName: "demo" });
  expect([plugins.code, demo.code, demo.stderr]).toEqual([0, 0, ""]);
});

it("what is no plugin is told, and the rest printed with exit code 1; a model without an id has none", async () => {
  const folder = await cleanUp.folder();
  await writeFiles(folder, {
    "good.mjs": "export default { methods: { hi: () => 1 } };",
    "bad.mjs": "export default { metods: {} };",
    "holds.mjs": "setInterval(() => {}, 1000); export default {};",
  });
  const [broken, empty, nameless, wrong] = await Promise.all([
    model(["--id", "dtmi:a;1", "--plugins-directory", folder]),
    model(["--id", "dtmi:a;1"]),
    model([]),
    model(["--id", "dtmi:a"]),
  ]);
  expect(broken.code).toBe(1);
  expect(contentsOf(interfacesIn(broken.stdout), "dtmi:a;1")).toContain("Component good");
  expect(broken.stderr).toMatch(/^hubhand: plugin "bad" is not in the model: .*metods.*\n$/);
  expect(empty).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^hubhand: the plugins folder .* does not exist/),
  });
  expect(interfacesIn(empty.stdout).map((each) => each["@id"])).toEqual(["dtmi:a;1", "dtmi:a:hubhand;1"]);
  expect(nameless).toMatchObject({
    code: 78,
    stdout: "",
    stderr: expect.stringContaining("--id, or set twin.modelId"),
  });
  expect(wrong).toMatchObject({ code: 78, stderr: expect.stringContaining("write ;1 behind it") });
});

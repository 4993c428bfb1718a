import { describe, expect, it } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import type { JsonSchema } from "../../src/methods/method.ts";
import { createSettingsBook } from "../../src/plugins/settings-book.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { loadFolder, statusOf, writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();

const SCHEMA = {
  type: "object",
  required: ["url"],
  additionalProperties: false,
  properties: {
    url: { type: "string" },
    retries: { type: "integer", default: 3 },
    pump: { type: "object", default: {}, properties: { litres: { type: "number", default: 1.5 } } },
  },
};

function check(given: Record<string, unknown>, schema: JsonSchema | undefined = SCHEMA) {
  return createSettingsBook({ configured: { valve: given } }).settingsFor("valve", schema);
}

describe("settings that fit", () => {
  it("get the schema's defaults, deep inside as well", () => {
    expect(check({ url: "x" })).toEqual({ url: "x", retries: 3, pump: { litres: 1.5 } });
  });

  it("keep what is given", () => {
    expect(check({ url: "x", retries: 0, pump: { litres: 2 } })).toEqual({
      url: "x",
      retries: 0,
      pump: { litres: 2 },
    });
  });

  it("are a copy: what a plugin does to them stays with it", () => {
    const given = { url: "x", pump: {} };
    (check(given).pump as { broken?: boolean }).broken = true;
    expect(given).toEqual({ url: "x", pump: {} });
  });

  it("are whatever is given, if the plugin has no schema", () => {
    const book = createSettingsBook({ configured: { valve: { any: [1] } } });
    expect(book.settingsFor("valve", undefined)).toEqual({ any: [1] });
  });
});

describe("settings that do not fit", () => {
  it("are told by the keys of the configuration, all of them, and no value is shown", () => {
    const refuse = () =>
      check({ retries: "s3cr3t-value", pump: { litres: "s3cr3t-value" }, ulr: "s3cr3t-value" });
    expect(refuse).toThrow(HubhandError);
    expect(refuse).toThrow(
      "the configuration does not fit it: plugins.settings.valve must have required property 'url'; " +
        'plugins.settings.valve must not have "ulr"; did you mean url?; ' +
        "plugins.settings.valve.retries must be integer; plugins.settings.valve.pump.litres must be number",
    );
    expect(refuse).not.toThrow("s3cr3t");
  });
});

describe("from the configuration into the plugin", () => {
  const valve = `
    import { definePlugin } from "hubhand";
    export default definePlugin({
      settings: ${JSON.stringify(SCHEMA)},
      methods: { show: (payload, { settings, plugin }) => ({ settings, plugin }) },
    });`;

  it("a handler gets them, valid and complete", async () => {
    const directory = await cleanUp.folder();
    await writeFiles(directory, { "valve.ts": valve });
    const report = await loadFolder({
      directory,
      settings: { valve: { url: "tcp://x" } },
      call: [{ method: "show" }],
    });
    expect(report.replies[0]?.body).toEqual({
      plugin: "valve",
      settings: { url: "tcp://x", retries: 3, pump: { litres: 1.5 } },
    });
  });

  it("a plugin whose settings do not fit is broken, and says which key", async () => {
    const directory = await cleanUp.folder();
    await writeFiles(directory, { "valve.ts": valve });
    const report = await loadFolder({ directory });
    expect(statusOf(report, "valve")).toMatchObject({
      up: false,
      problem: "the configuration does not fit it: plugins.settings.valve must have required property 'url'",
    });
  });

  it("settings for a plugin that is not there are told: the name may be misspelt", async () => {
    const directory = await cleanUp.folder();
    const report = await loadFolder({ directory, settings: { vavle: {} } });
    expect(report.log).toContainEqual(
      expect.objectContaining({
        level: "warn",
        plugins: ["vavle"],
        msg: "plugins.settings has settings for plugins that are not there",
      }),
    );
  });

  it("a plugin that is called like something of JavaScript's gets its own settings only", async () => {
    const directory = await cleanUp.folder();
    await writeFiles(directory, {
      "toString.js": "export default { methods: { show: (_, { settings }) => settings } }",
    });
    const report = await loadFolder({ directory, call: [{ method: "show" }] });
    expect(report.replies[0]).toEqual({ status: 200, body: {} });
  });
});

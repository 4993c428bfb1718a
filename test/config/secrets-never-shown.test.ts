import fc from "fast-check";
import { expect, test } from "vitest";
import { effectiveValues, printEffective, printEffectiveJson } from "../../src/config/effective.ts";
import { HubhandError } from "../../src/errors.ts";
import { type Workspace, workspace } from "./workspace.ts";

/** Keys as the hub makes them (32 bytes, base64), alone or in a connection string, whole or broken. */
const KEY = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const PASTED = fc
  .tuple(
    KEY,
    fc.constantFrom(
      "",
      "HostName=h;DeviceId=d;SharedAccessKey=",
      "SharedAccessKey:",
      "'",
      '"',
      "{",
      "[",
      "- ",
      "\t",
      "&",
      "*",
      "!",
      "%",
    ),
    fc.constantFrom("", "\n", "'", '"', ": x", "}", "\\q", ";GatewayHostName=g", " #"),
  )
  .map(([key, before, after]) => ({ key, text: `${before}${key}${after}` }));

/** Everything that loading and showing the configuration may print. */
function everyWord(space: Workspace, options: Parameters<Workspace["load"]>[0]): string {
  try {
    const loaded = space.load(options);
    return printEffective(loaded) + printEffectiveJson(loaded) + JSON.stringify(effectiveValues(loaded));
  } catch (error) {
    if (!(error instanceof HubhandError)) throw error;
    return `${error.stack}${JSON.stringify(error.details)}`;
  }
}

/** Not a single stretch of eight characters of the key. */
function expectHidden(words: string, key: string): void {
  for (let start = 0; start + 8 <= key.length; start++)
    expect(words).not.toContain(key.slice(start, start + 8));
}

test("a secret in the right variable, the wrong variable or a mistyped one", () => {
  const space = workspace();
  const variable = fc.constantFrom(
    "HUBHAND_CONNECTION_STRING",
    "HUBHAND_CONNECTION_STRING_FILE",
    "HUBHAND_CONECTION_STRING",
    "HUBHAND_PLUGINS_SETTINGS",
    "HUBHAND_OBSERVE_PORT",
    "HUBHAND_SCHEDULE_TIMEZONE",
    "HUBHAND_CONFIG",
  );
  fc.assert(
    fc.property(PASTED, variable, ({ key, text }, name) => {
      const env = { [name]: text, IOTHUB_DEVICE_CONNECTION_STRING: `SharedAccessKey=${key}` };
      expectHidden(everyWord(space, { env }), key);
    }),
  );
});

test("a secret in a file, in its place or not, quoted or breaking the file", () => {
  const space = workspace();
  const template = fc.constantFrom(
    "hub:\n  connectionString: @\n",
    "hub:\n  connectionString:\n    @\n",
    "hub:\n  connectionString: |\n    @\n",
    "hub:\n  conectionString: @\n",
    "hub: @\n",
    "@\n",
    "hub:\n  @\n",
    "observe:\n  port: @\n",
    '{"hub":{"connectionString":"@"}',
    '{"hub":{"connectionString":@}}',
    "plugins:\n  settings:\n    greeter:\n      password: @\n",
  );
  fc.assert(
    fc.property(PASTED, template, fc.constantFrom("site.yaml", "site.json"), ({ key, text }, form, name) => {
      space.write(
        name,
        form.replace("@", () => text),
      );
      expectHidden(everyWord(space, { configFiles: [name] }), key);
    }),
    { numRuns: 200 },
  );
});

test("two secrets that differ are told without either", () => {
  const space = workspace();
  fc.assert(
    fc.property(KEY, KEY, (one, other) => {
      const env = { HUBHAND_CONNECTION_STRING: one, IOTHUB_DEVICE_CONNECTION_STRING: other };
      const words = everyWord(space, { env });
      expectHidden(words, one);
      expectHidden(words, other);
    }),
  );
});

test("settings of plugins that speak of a secret by name or value", () => {
  const settings = {
    mail: {
      password: "hunter2hunter2",
      nested: [{ apiKey: "hunter3hunter3", host: "visible" }, "SharedAccessKey=hunter4"],
    },
  };
  const words = everyWord(workspace(), { env: { HUBHAND_PLUGINS_SETTINGS: JSON.stringify(settings) } });
  expect(words).toContain("visible");
  expect(words).not.toContain("hunter");
});

import { expect, test } from "vitest";
import { printEffective } from "../../src/config/effective.ts";
import { secretValues } from "../../src/config/index.ts";
import { workspace } from "./workspace.ts";

test("the payload is a mapping in a file, JSON in a variable, and a dot in a name is no path", () => {
  const space = workspace();
  space.write("site.yaml", "hub:\n  provisioning:\n    payload: { site.name: north, rack: { unit: 7 } }\n");
  const { values, origin } = space.load({ configFiles: ["site.yaml"] });
  expect(values.hub.provisioning.payload).toEqual({ "site.name": "north", rack: { unit: 7 } });
  const env = { HUBHAND_HUB_PROVISIONING_PAYLOAD: '{"rack":{"unit":8}}' };
  const later = space.load({ configFiles: ["site.yaml"], env });
  expect(later.values.hub.provisioning.payload).toEqual({ rack: { unit: 8 } });
  expect(origin("hub.provisioning.payload")).toBe("site.yaml");
});

test.each(["[1]", '"text"', "{"])("a payload that is no mapping is refused: %s", (written) => {
  const [problem] = workspace().problems({ env: { HUBHAND_HUB_PROVISIONING_PAYLOAD: written } });
  expect(problem).toContain(
    "hub.provisioning.payload: environment variable HUBHAND_HUB_PROVISIONING_PAYLOAD",
  );
});

test.each(["https://dps.example", "dps.example:0", "dps.example:70000", "dps example", "1.2.3.999"])(
  "%j is no host to ask",
  (written) => {
    const [problem] = workspace().problems({ env: { HUBHAND_HUB_PROVISIONING_ENDPOINT: written } });
    expect(problem).toContain("Write it without scheme and path");
  },
);

test("every secret comes from a file too, none is shown, and all are known to the log", () => {
  const space = workspace();
  space.write("secret", "hunter2\n");
  const names = [
    "HUB_SECONDARY_KEY",
    "HUB_CERTIFICATE_PASSPHRASE",
    "HUB_PROVISIONING_KEY",
    "HUB_PROVISIONING_GROUP_KEY",
  ];
  const env = Object.fromEntries(names.map((name) => [`HUBHAND_${name}_FILE`, "secret"]));
  const loaded = space.load({ env });
  expect(loaded.values.hub).toMatchObject({
    secondaryKey: "hunter2",
    certificatePassphrase: "hunter2",
    provisioning: { key: "hunter2", groupKey: "hunter2" },
  });
  expect(printEffective(loaded)).not.toContain("hunter2");
  expect(secretValues(loaded)).toEqual(names.map(() => "hunter2"));
});

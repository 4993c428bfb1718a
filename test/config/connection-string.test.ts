import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { workspace } from "./workspace.ts";

const VARIABLES = [
  "HUBHAND_HUB_CONNECTION_STRING",
  "HUBHAND_CONNECTION_STRING",
  "IOTHUB_DEVICE_CONNECTION_STRING",
];
const VALUE = "HostName=h;DeviceId=d;SharedAccessKey=a2V5";

test.each(VARIABLES)("%s gives the connection string", (variable) => {
  const { values, origin } = workspace().load({ env: { [variable]: VALUE } });
  expect(values.hub).toMatchObject({ connectionString: VALUE, connectionStringFile: null });
  expect(origin("hub.connectionString")).toBe(`environment variable ${variable}`);
});

test.each(VARIABLES)("%s_FILE names a file with it; line ends after it do not count", (variable) => {
  const space = workspace();
  const path = space.write("secret", `${VALUE}\r\n\n`);
  const { values, origin } = space.load({ env: { [`${variable}_FILE`]: "secret" } });
  expect(values.hub).toMatchObject({ connectionString: VALUE, connectionStringFile: path });
  expect(origin("hub.connectionString")).toBe(`file ${path}, named by environment variable ${variable}_FILE`);
});

test("hub.connectionStringFile and its flag name a file with it", () => {
  const space = workspace();
  space.write("etc/secret", VALUE);
  space.write("etc/site.yaml", "hub: { connectionStringFile: secret }");
  expect(space.load({ configFiles: ["etc/site.yaml"] }).values.hub.connectionString).toBe(VALUE);
  const flags = { "hub.connectionStringFile": "etc/secret" };
  expect(space.load({ flags }).values.hub.connectionString).toBe(VALUE);
});

test("without one it is null: whether it is needed is for the link to say", () => {
  const { values, origin } = workspace().load();
  expect(values.hub.connectionString).toBeNull();
  expect(origin("hub.connectionString")).toBe("default");
});

describe("of several sources", () => {
  test("the later wins whichever way it gives the value, and an overridden file may be missing", () => {
    const space = workspace();
    space.write("site.yaml", "hub: { connectionStringFile: not-mounted-here }");
    const { values, origin } = space.load({
      env: { HUBHAND_CONNECTION_STRING: VALUE },
      configFiles: ["site.yaml"],
    });
    expect(values.hub).toMatchObject({ connectionString: VALUE, connectionStringFile: null });
    expect(origin("hub.connectionStringFile")).toBe("environment variable HUBHAND_CONNECTION_STRING");
    space.write("secret", "other");
    const flags = { "hub.connectionStringFile": "secret" };
    expect(space.load({ env: { HUBHAND_CONNECTION_STRING: VALUE }, flags }).values.hub.connectionString).toBe(
      "other",
    );
  });

  test("two variables may give the same value", () => {
    const env = { IOTHUB_DEVICE_CONNECTION_STRING: VALUE, HUBHAND_CONNECTION_STRING: VALUE };
    const { origin } = workspace().load({ env });
    expect(origin("hub.connectionString")).toBe("environment variable HUBHAND_CONNECTION_STRING");
  });

  test("two variables with different values are refused", () => {
    const env = { IOTHUB_DEVICE_CONNECTION_STRING: VALUE, HUBHAND_CONNECTION_STRING: "other" };
    expect(workspace().problems({ env })).toEqual([
      "hub.connectionString: environment variable HUBHAND_CONNECTION_STRING and environment variable IOTHUB_DEVICE_CONNECTION_STRING give different values. Keep one of them.",
    ]);
  });

  test("a variable and a file with different values are refused", () => {
    const space = workspace();
    const path = space.write("secret", "other");
    const env = { IOTHUB_DEVICE_CONNECTION_STRING: VALUE, HUBHAND_CONNECTION_STRING_FILE: "secret" };
    expect(space.problems({ env })).toEqual([
      `hub.connectionString: environment variable IOTHUB_DEVICE_CONNECTION_STRING and file ${path}, named by environment variable HUBHAND_CONNECTION_STRING_FILE give different values. Keep one of them.`,
    ]);
  });
});

test("a secret file that is missing, empty, a folder or a pipe", () => {
  const space = workspace();
  const path = space.write("empty", "\n");
  const problems = (file: string) => space.problems({ env: { HUBHAND_CONNECTION_STRING_FILE: file } });
  const named = "named by environment variable HUBHAND_CONNECTION_STRING_FILE";
  const advice = "Check its path, and that the secret is mounted.";
  expect(problems("none")).toEqual([
    `hub.connectionString: the file "${space.cwd}/none", ${named}, cannot be used: it does not exist. ${advice}`,
  ]);
  expect(problems(".")).toEqual([
    `hub.connectionString: the file "${space.cwd}", ${named}, cannot be used: it is a folder. ${advice}`,
  ]);
  execFileSync("mkfifo", [`${space.cwd}/pipe`]);
  expect(problems("pipe")).toEqual([
    `hub.connectionString: the file "${space.cwd}/pipe", ${named}, cannot be used: it is not a file. ${advice}`,
  ]);
  expect(problems("empty")).toEqual([
    `hub.connectionString: the file "${path}", ${named}, is empty. Write the secret into it.`,
  ]);
});

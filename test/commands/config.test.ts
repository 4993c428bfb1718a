import { expect, test } from "vitest";
import { parse } from "yaml";
import { configCommand } from "../../src/commands/config.ts";
import { workspace } from "../config/workspace.ts";

async function run(args: string[], env: Record<string, string> = {}) {
  const { cwd } = workspace();
  let output = "";
  const command = configCommand({
    env,
    cwd,
    write: (text) => {
      output += text;
    },
  });
  await command.parseAsync(args, { from: "user" });
  return { cwd, output };
}

test("prints every value as YAML with its source behind it", async () => {
  const { cwd, output } = await run(["--observe-port", "0"], {
    HUBHAND_LINK_KEEP_ALIVE: "90000ms",
    HUBHAND_PLUGINS_DISABLED: "one",
  });
  expect(output).toContain("  port: 0 # flag --observe-port\n");
  expect(output).toContain("  keepAlive: 90s # environment variable HUBHAND_LINK_KEEP_ALIVE\n");
  expect(output).toContain("  host: 127.0.0.1 # default\n");
  expect(output).toContain(`  directory: ${cwd}/plugins # default\n`);
  expect(output).toContain("  settings:\n    # default\n    {}\n");
  expect(output).toContain("  disabled:\n    # environment variable HUBHAND_PLUGINS_DISABLED\n    - one\n");
  expect(parse(output)).toMatchObject({ hub: { caFile: null }, link: { backoff: { refusedMax: "5m" } } });
});

test("of a secret it prints only whether it is set", async () => {
  expect((await run([])).output).toContain('  connectionString: "[not set]" # default\n');
  const { output } = await run([], { HUBHAND_CONNECTION_STRING: "hunter2" });
  expect(output).toContain('  connectionString: "[set]" # environment variable HUBHAND_CONNECTION_STRING\n');
  expect(output).not.toContain("hunter2");
});

test("--json prints each key with its value and origin", async () => {
  const { output } = await run(["--json"], { IOTHUB_DEVICE_CONNECTION_STRING: "hunter2" });
  expect(JSON.parse(output)).toMatchObject({
    "hub.connectionString": {
      value: "[set]",
      origin: "environment variable IOTHUB_DEVICE_CONNECTION_STRING",
    },
    "link.backoff.networkBase": { value: "1s", origin: "default" },
    "plugins.settings": { value: {}, origin: "default" },
  });
});

test("a configuration that cannot be used ends with exit code 78", async () => {
  await expect(run(["--observe-port", "x"])).rejects.toMatchObject({ code: "CONFIG_INVALID", exitCode: 78 });
});

import { Command } from "commander";
import { expect, test } from "vitest";
import { addConfigFlags, configFlags, readConfigFlags } from "../../src/config/index.ts";

function parse(...args: string[]) {
  const command = addConfigFlags(new Command("run").exitOverride()).action(() => undefined);
  command.parse(args, { from: "user" });
  return readConfigFlags(command);
}

test("every key but a secret has a flag", () => {
  const flags = configFlags();
  expect(flags.map(({ key }) => key)).not.toContain("hub.connectionString");
  expect(flags).toContainEqual({
    key: "link.backoff.networkBase",
    flag: "--link-backoff-network-base <duration>",
    description:
      "Longest first wait after an attempt that did not reach the hub or a session that was lost (default: 1s)",
  });
  for (const { flag, description } of flags) {
    expect(flag).toMatch(/^--[a-z-]+ <[a-z]+>$/);
    expect(description).toMatch(/ \(.*default: .+\)$/);
  }
});

test("flags are read by key, and --config may be repeated", () => {
  expect(parse("--observe-port", "0", "--config", "a", "--link-keep-alive=1m", "--config", "b")).toEqual({
    flags: { "observe.port": "0", "link.keepAlive": "1m" },
    configFiles: ["a", "b"],
  });
  expect(parse()).toEqual({ flags: {}, configFiles: [] });
});

test("a secret on the command line is refused and not repeated; its file is fine", () => {
  for (const args of [
    ["--hub-connection-string=hunter2"],
    ["--hub-connection-string", "hunter2"],
    ["--hub-connection-string"],
  ]) {
    expect(() => parse(...args)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message:
          "hub.connectionString: flag --hub-connection-string is not allowed, because everyone on the machine sees command lines. Set the variable HUBHAND_CONNECTION_STRING, or name a file with --hub-connection-string-file.",
      }),
    );
  }
  expect(parse("--hub-connection-string-file", "x").flags).toEqual({ "hub.connectionStringFile": "x" });
});

test("the help offers no flag for a secret", () => {
  const help = addConfigFlags(new Command("run")).helpInformation();
  expect(help).toContain("--plugins-directory <path>");
  expect(help).not.toMatch(/--hub-connection-string\b(?!-file)/);
});

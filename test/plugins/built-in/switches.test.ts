import { expect, it } from "vitest";
import { builtInPlugin } from "../../../src/plugins/built-in/index.ts";
import { workspace } from "../../config/workspace.ts";
import { createBench } from "../../methods/bench.ts";
import { quietSources } from "./bench.ts";

async function namesWith(env: Record<string, string>): Promise<string[]> {
  const { values } = workspace().load({ env });
  const sources = quietSources(await createBench());
  const { methods = {} } = builtInPlugin({ sources, enabled: values.methods.builtIn });
  return Object.keys(methods);
}

it("what only looks, or ends what a caller began, is on; what ends something else that runs is off", async () => {
  expect(await namesWith({})).toEqual([
    "hubhand.ping",
    "hubhand.describe",
    "hubhand.logs",
    "hubhand.logLevel",
    "hubhand.metrics",
    "hubhand.config",
    "hubhand.check",
    "hubhand.supportBundle",
    "hubhand.jobs",
    "hubhand.job",
    "hubhand.cancelJob",
    "hubhand.tasks",
  ]);
});

it("each can be switched", async () => {
  const names = await namesWith({
    HUBHAND_METHODS_BUILT_IN_PING: "false",
    HUBHAND_METHODS_BUILT_IN_LOG_LEVEL: "false",
    HUBHAND_METHODS_BUILT_IN_RESTART_PLUGIN: "true",
    HUBHAND_METHODS_BUILT_IN_RESTART: "true",
    HUBHAND_METHODS_BUILT_IN_REBOOT: "true",
    HUBHAND_METHODS_REBOOT_FILE: "/run/hubhand/reboot",
  });
  expect(names).not.toContain("hubhand.ping");
  expect(names).not.toContain("hubhand.logLevel");
  expect(names.slice(-3)).toEqual(["hubhand.restartPlugin", "hubhand.restart", "hubhand.reboot"]);
});

it("a reboot that has no way to the host is no configuration", () => {
  expect(workspace().problems({ env: { HUBHAND_METHODS_BUILT_IN_REBOOT: "true" } })).toEqual([
    "methods.builtIn.reboot: it is true (environment variable HUBHAND_METHODS_BUILT_IN_REBOOT), and there is no methods.rebootFile to ask the host with. Set that too.",
  ]);
});

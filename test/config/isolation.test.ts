import { expect, it } from "vitest";
import { loadConfig } from "../../src/config/index.ts";

it.each([
  ["true", "process"],
  ["process", "process"],
  ["thread", "thread"],
  ["false", false],
])("plugins.isolate as %s means %s", (written, isolate) => {
  const env = { HUBHAND_PLUGINS_ISOLATE: written };
  expect(loadConfig({ env, cwd: "/" }).values.plugins.isolate).toBe(isolate);
  expect(
    loadConfig({ env: {}, cwd: "/", flags: { "plugins.isolate": written } }).values.plugins.isolate,
  ).toBe(isolate);
});

it("without a word it is a process of its own", () => {
  expect(loadConfig({ env: {}, cwd: "/" }).values.plugins.isolate).toBe("process");
});

import { describe, expect, test } from "vitest";
import { workspace } from "./workspace.ts";

const GROUPS = "The groups are hub, link, methods, plugins, messages, twin, schedule, observe, state, log.";

describe("an unknown key of a file", () => {
  test.each([
    ["observe: { prot: 1 }", "observe.prot: no such key (site.yaml:1:12). Did you mean observe.port?"],
    [
      "link:\n  keep_alive: 40s",
      "link.keep_alive: no such key (site.yaml:2:3). Did you mean link.keepAlive?",
    ],
    [
      "connectionString: x",
      "connectionString: no such key (site.yaml:1:1). Did you mean hub.connectionString?",
    ],
    [
      "observe.port: 1",
      "observe.port: no such key (site.yaml:1:1). Write it as port, indented under observe.",
    ],
    ["observ: { port: 1 }", "observ: no such key (site.yaml:1:1). Did you mean observe?"],
    ["telemetry: { x: 1 }", `telemetry: no such key (site.yaml:1:1). ${GROUPS}`],
    ["__proto__: { x: 1 }", `__proto__: no such key (site.yaml:1:1). ${GROUPS}`],
    ["constructor: { prototype: 1 }", `constructor: no such key (site.yaml:1:1). ${GROUPS}`],
    ["7: 1", `7: no such key (site.yaml:1:1). ${GROUPS}`],
  ])("%s", (yaml, message) => {
    const space = workspace();
    space.write("site.yaml", yaml);
    expect(space.problems({ configFiles: ["site.yaml"] })).toEqual([message]);
  });
});

describe("an unknown variable that starts with HUBHAND_", () => {
  test.each([
    ["HUBHAND_OBSERVE_PROT", "Did you mean HUBHAND_OBSERVE_PORT?"],
    ["HUBHAND_CONECTION_STRING", "Did you mean HUBHAND_CONNECTION_STRING?"],
    ["HUBHAND_CONNECTION_STRING_FIL", "Did you mean HUBHAND_CONNECTION_STRING_FILE?"],
    ["HUBHAND_LINK_KEEPALIVE", "Did you mean HUBHAND_LINK_KEEP_ALIVE?"],
    ["HUBHAND_WHATEVER_ELSE", "Remove it; `hubhand config` shows all keys."],
  ])("%s", (variable, advice) => {
    expect(workspace().problems({ env: { [variable]: "secret" } })).toEqual([
      `${variable}: no such environment variable. ${advice}`,
    ]);
  });
});

test("variables that others set are let through", () => {
  const env = {
    PATH: "/bin",
    HUBHAND_SERVICE_HOST: "10.0.0.1",
    HUBHAND_SERVICE_PORT_METRICS: "9464",
    HUBHAND_PORT: "tcp://10.0.0.1:9464",
    HUBHAND_PORT_9464_TCP_ADDR: "10.0.0.1",
  };
  expect(workspace().load({ env }).values.observe.port).toBe(9464);
});

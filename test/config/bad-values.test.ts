import { describe, expect, test } from "vitest";
import { workspace } from "./workspace.ts";

const VARIABLES: [name: string, value: string, message: string][] = [
  [
    "OBSERVE_PORT",
    "http",
    'observe.port: @ has "http"; expected a whole number from 0 to 65535. Correct it, or leave it out for the default, 9464.',
  ],
  [
    "OBSERVE_PORT",
    "94x",
    'observe.port: @ has "94x"; expected a whole number from 0 to 65535. Correct it, or leave it out for the default, 9464.',
  ],
  [
    "OBSERVE_PORT",
    "65536",
    'observe.port: @ has "65536"; expected a whole number from 0 to 65535. Correct it, or leave it out for the default, 9464.',
  ],
  [
    "OBSERVE_PORT",
    "-1",
    'observe.port: @ has "-1"; expected a whole number from 0 to 65535. Correct it, or leave it out for the default, 9464.',
  ],
  [
    "OBSERVE_PORT",
    "1.5",
    'observe.port: @ has "1.5"; expected a whole number from 0 to 65535. Correct it, or leave it out for the default, 9464.',
  ],
  [
    "OBSERVE_PORT",
    "tcp://10.0.0.7:9464",
    'observe.port: @ has "tcp://10.0.0.7:9464"; expected a whole number from 0 to 65535. Kubernetes set it for a Service of that name: set enableServiceLinks: false in the pod.',
  ],
  [
    "TWIN_MODEL_ID",
    "dtmi:example:gateway",
    'twin.modelId: @ has "dtmi:example:gateway"; expected a model id such as dtmi:example:gateway;1. Its version is missing: write ;1 behind it.',
  ],
  [
    "TWIN_MODEL_ID",
    "dtmi:example:my-gateway;1",
    "twin.modelId: @ has (not shown: it may hold a secret); expected a model id such as dtmi:example:gateway;1. Its names are letters, digits and _, begin with a letter and do not end with _; its version is a whole number from 1 behind a semicolon.",
  ],
  [
    "OBSERVE_HOST",
    "http://0.0.0.0",
    'observe.host: @ has "http://0.0.0.0"; expected a host name or an IP address. Write it without scheme and port: the port has its own key.',
  ],
  [
    "LINK_KEEP_ALIVE",
    "40",
    'link.keepAlive: @ has "40"; expected a duration from 1s to 19m. Add a unit: ms, s, m or h.',
  ],
  [
    "LINK_KEEP_ALIVE",
    "soon",
    'link.keepAlive: @ has "soon"; expected a duration from 1s to 19m. Write a number and a unit with nothing between: 250ms, 30s, 5m or 2h.',
  ],
  [
    "LINK_KEEP_ALIVE",
    "20m",
    'link.keepAlive: @ has "20m"; expected a duration from 1s to 19m. Correct it, or leave it out for the default, 40s.',
  ],
  [
    "LINK_TOKEN_LIFETIME",
    "299s",
    'link.tokenLifetime: @ has "299s"; expected a duration from 5m to 24h. Correct it, or leave it out for the default, 60m.',
  ],
  [
    "METHODS_TIMEOUT",
    "301s",
    'methods.timeout: @ has "301s"; expected a duration from 1ms to 5m. Correct it, or leave it out for the default, 30s.',
  ],
  [
    "METHODS_CONCURRENCY",
    "0",
    'methods.concurrency: @ has "0"; expected a whole number from 1 to 10000. Correct it, or leave it out for the default, 16.',
  ],
  [
    "LOG_LEVEL",
    "warning",
    'log.level: @ has "warning"; expected one of trace, debug, info, warn, error, fatal, silent. Correct it, or leave it out for the default, info.',
  ],
  [
    "LOG_LEVEL",
    "INFO",
    'log.level: @ has "INFO"; expected one of trace, debug, info, warn, error, fatal, silent. Did you mean info?',
  ],
  [
    "SCHEDULE_TIMEZONE",
    "Europe/Berln",
    'schedule.timezone: @ has "Europe/Berln"; expected an IANA time zone such as Europe/Berlin. Did you mean Europe/Berlin?',
  ],
  [
    "SCHEDULE_TIMEZONE",
    "+02:00",
    'schedule.timezone: @ has "+02:00"; expected an IANA time zone such as Europe/Berlin. Correct it, or leave it out for the default, not set.',
  ],
  [
    "OBSERVE_CONTROL_TOKEN",
    "fifteen letters",
    "observe.controlToken: @ has a text (not shown: it may hold a secret); expected text of at least 16 characters. Take a longer one, which nobody can guess.",
  ],
  [
    "PLUGINS_DIRECTORY",
    " ",
    'plugins.directory: @ has " "; expected a path. It is empty: give a value or leave the key out.',
  ],
  [
    "PLUGINS_SETTINGS",
    "greeter",
    "plugins.settings: @ has a text (not shown: it may hold a secret); expected a mapping of plugin names to mappings of their settings. In a variable or flag it is written as JSON, and this is not JSON.",
  ],
];

describe("a variable with a value that does not fit", () => {
  test.each(VARIABLES)("HUBHAND_%s=%s", (name, value, message) => {
    const variable = `HUBHAND_${name}`;
    expect(workspace().problems({ env: { [variable]: value } })).toEqual([
      message.replace("@", `environment variable ${variable}`),
    ]);
  });
});

const FILES: [yaml: string, message: string][] = [
  [
    "observe: { port: '9464' }",
    'observe.port: site.yaml:1:18 has "9464"; expected a whole number from 0 to 65535. Remove the quotes.',
  ],
  [
    "observe:\n  port:\n",
    "observe.port: site.yaml:2:8 has no value; expected a whole number from 0 to 65535. Correct it, or leave it out for the default, 9464.",
  ],
  [
    "observe:\n  host: 127\n",
    "observe.host: site.yaml:2:9 has 127; expected a host name or an IP address. Put the value in quotes.",
  ],
  [
    "link: { keepAlive: 40 }",
    "link.keepAlive: site.yaml:1:20 has 40; expected a duration from 1s to 19m. Add a unit: ms, s, m or h.",
  ],
  [
    "link: { keepAlive: [40s] }",
    "link.keepAlive: site.yaml:1:20 has a list; expected a duration from 1s to 19m. Correct it, or leave it out for the default, 40s.",
  ],
  [
    "log: { level: true }",
    "log.level: site.yaml:1:15 has true; expected one of trace, debug, info, warn, error, fatal, silent. Put the value in quotes.",
  ],
  [
    "plugins: { disabled: greeter }",
    'plugins.disabled: site.yaml:1:22 has "greeter"; expected a list of names. In a file write [first, second], in a variable or flag first,second.',
  ],
  [
    "plugins: { settings: { greeter: hello } }",
    'plugins.settings: site.yaml:1:22 has a mapping (not shown: it may hold a secret); expected a mapping of plugin names to mappings of their settings. Such as {"greeter":{"greeting":"hello"}}.',
  ],
  [
    "hub: { connectionString: 7 }",
    "hub.connectionString: site.yaml:1:26 has a number (not shown: it may hold a secret); expected text. Put the value in quotes.",
  ],
  ["state: 9464", "state: site.yaml:1:8 has a number; expected a mapping. Its keys are directory."],
  [
    "link:\n  backoff: []",
    "link.backoff: site.yaml:2:12 has a list; expected a mapping. Its keys are networkBase, networkMax, refusedBase, refusedMax, unauthorizedBase, unauthorizedMax, conflictBase, conflictMax.",
  ],
];

describe("a file with a value that does not fit, with line and column", () => {
  test.each(FILES)("%s", (yaml, message) => {
    const space = workspace();
    space.write("site.yaml", yaml);
    expect(space.problems({ configFiles: ["site.yaml"] })).toEqual([message]);
  });
});

test("all problems of all sources are told at once", () => {
  const space = workspace();
  space.write("site.yaml", "observe: { port: x, prot: 1 }\nlink: { keepAlive: 1h }");
  const env = { HUBHAND_LOG_LEVEL: "loud", HUBHAND_TYPO: "1" };
  expect(space.problems({ env, configFiles: ["site.yaml"], flags: { "log.format": "xml" } })).toHaveLength(6);
});

test("a first wait over the longest one is refused, naming both sources", () => {
  const env = { HUBHAND_LINK_BACKOFF_NETWORK_BASE: "1m" };
  expect(workspace().problems({ env })).toEqual([
    "link.backoff.networkBase: 1m (environment variable HUBHAND_LINK_BACKOFF_NETWORK_BASE) is over link.backoff.networkMax, 20s (default). Lower the one or raise the other.",
  ]);
});

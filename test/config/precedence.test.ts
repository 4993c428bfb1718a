import { describe, expect, test } from "vitest";
import { type Workspace, workspace } from "./workspace.ts";

interface Setup {
  env: Record<string, string>;
  flags: Record<string, string>;
  configFiles: string[];
}

/** The sources, the weakest first, each giving another port. */
const SOURCES: {
  name: string;
  origin: string;
  port: number;
  give: (space: Workspace, setup: Setup) => void;
}[] = [
  { name: "the default", origin: "default", port: 9464, give: () => undefined },
  {
    name: "config/default.yaml",
    origin: "config/default.yaml",
    port: 1001,
    give: (space) => space.write("config/default.yaml", "observe: { port: 1001 }"),
  },
  {
    name: "a named file",
    origin: "first.yaml",
    port: 1002,
    give: (space, setup) => {
      space.write("first.yaml", "observe: { port: 1002 }");
      setup.configFiles.push("first.yaml");
    },
  },
  {
    name: "a file named after it",
    origin: "second.json",
    port: 1003,
    give: (space, setup) => {
      space.write("second.json", '{"observe":{"port":1003}}');
      setup.configFiles.push("second.json");
    },
  },
  {
    name: "a variable",
    origin: "environment variable HUBHAND_OBSERVE_PORT",
    port: 1004,
    give: (_space, setup) => {
      setup.env.HUBHAND_OBSERVE_PORT = "1004";
    },
  },
  {
    name: "a flag",
    origin: "flag --observe-port",
    port: 1005,
    give: (_space, setup) => {
      setup.flags["observe.port"] = "1005";
    },
  },
];

const PAIRS = SOURCES.flatMap((weaker, index) =>
  SOURCES.slice(index + 1).map((stronger) => ({ weaker, stronger })),
);

describe("of two sources the later wins", () => {
  test.each(PAIRS)("$stronger.name over $weaker.name", ({ weaker, stronger }) => {
    const space = workspace();
    const setup: Setup = { env: {}, flags: {}, configFiles: [] };
    weaker.give(space, setup);
    stronger.give(space, setup);
    const { values, origin } = space.load(setup);
    expect(values.observe.port).toBe(stronger.port);
    expect(origin("observe.port")).toBe(stronger.origin);
    expect(origin("observe.host")).toBe("default");
  });
});

test("a source leaves alone what it does not give", () => {
  const space = workspace();
  space.write("config/default.yml", "observe:\n  host: 0.0.0.0\n  port: 1\nlog:\n");
  const { values } = space.load({ env: { HUBHAND_OBSERVE_PORT: "2" } });
  expect(values.observe).toMatchObject({ host: "0.0.0.0", port: 2 });
  expect(values.log.level).toBe("info");
});

test("a variable that is set to nothing counts as not set", () => {
  const env = { HUBHAND_OBSERVE_PORT: "", HUBHAND_NO_SUCH_THING: "", HUBHAND_CONFIG: "" };
  expect(workspace().load({ env }).values.observe.port).toBe(9464);
});

test("null in a later file takes back what an earlier one set", () => {
  const space = workspace();
  space.write("a.yaml", "schedule: { timezone: Europe/Berlin }");
  space.write("b.yaml", "schedule: { timezone: null }");
  expect(space.load({ configFiles: ["a.yaml"] }).values.schedule.timezone).toBe("Europe/Berlin");
  expect(space.load({ configFiles: ["a.yaml", "b.yaml"] }).values.schedule.timezone).toBeNull();
});

test("two files that are read by themselves are refused", () => {
  const space = workspace();
  space.write("config/default.yaml", "");
  space.write("config/default.json", "{}");
  expect(space.problems()).toEqual([
    "config/default.yaml and config/default.json: only one of these files may exist. Keep one.",
  ]);
});

test("the configuration cannot be changed", () => {
  const { values } = workspace().load({ env: { HUBHAND_PLUGINS_SETTINGS: '{"greeter":{"words":["a"]}}' } });
  expect(Object.isFrozen(values.link.backoff)).toBe(true);
  expect(Object.isFrozen(values.plugins.settings.greeter?.words)).toBe(true);
});

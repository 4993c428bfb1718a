import { chmodSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { workspace } from "./workspace.ts";

const TEXTS: [name: string, text: string, message: string][] = [
  [
    "site.yaml",
    "observe:\n\tport: 1\n",
    "site.yaml:2:1: not YAML: a tab is used as indentation; use spaces.",
  ],
  [
    "site.yaml",
    "log: { level: info",
    "site.yaml:1:19: not YAML: the indentation does not fit the lines before, or a bracket is not closed.",
  ],
  [
    "site.yaml",
    "log:\n  level: a: b\n",
    "site.yaml:2:10: not YAML: there are two keys on one line; put a text that contains a colon in quotes.",
  ],
  [
    "site.yaml",
    "log:\n  level: info\n  level: warn\n",
    "site.yaml:3:3: not YAML: this key is there twice; keep one of them.",
  ],
  [
    "site.yaml",
    "log: { level: !secret x }",
    "site.yaml:1:15: not YAML: it has a tag (!name) that is not known; put a text that starts with ! in quotes.",
  ],
  [
    "site.yaml",
    "a: 1\n---\nb: 1\n",
    "site.yaml:2:1: not YAML: there is more than one document; remove the line --- between them.",
  ],
  [
    "site.yaml",
    "log: { level: *level }",
    "log.level: site.yaml:1:15 has an alias (*name) without its anchor, or too many. Write the value out.",
  ],
  [
    "site.yaml",
    "- observe\n",
    "site.yaml:1:1: the file holds a list; expected a mapping of groups, such as observe: { port: 9464 }.",
  ],
  [
    "site.yaml",
    "HostName=a;SharedAccessKey=b",
    "site.yaml:1:1: the file holds a text; expected a mapping of groups, such as observe: { port: 9464 }.",
  ],
  [
    "site.json",
    '{"log":{"level":"info"}',
    "site.json:1:24: not JSON: a sign is missing: a colon after a key, a comma, or the closing quote or bracket.",
  ],
  ["site.json", '{"log":1,"log":2}', "site.json:1:10: not JSON: this key is there twice; keep one of them."],
  [
    "site.json",
    '{"log": {} "link": {}}',
    "site.json:1:12: not JSON: this does not belong here; check the commas, quotes and indentation before it.",
  ],
  [
    "site.json",
    "log:\n  level: info\n",
    'site.json:1:1: the file holds YAML; expected a mapping of groups, such as {"observe":{"port":9464}}.',
  ],
  [
    "site.json",
    "",
    'site.json:1:1: the file holds nothing; expected a mapping of groups, such as {"observe":{"port":9464}}.',
  ],
];

describe("a file that cannot be understood is told with line and column", () => {
  test.each(TEXTS)("%s: %j", (name, text, message) => {
    const space = workspace();
    space.write(name, text);
    expect(space.problems({ configFiles: [name] })).toEqual([message]);
  });
});

test.each(["", "# all comments\n", "observe:\n  # port: 1\n", "null"])(
  "a file that sets nothing is no fault: %j",
  (text) => {
    const space = workspace();
    space.write("site.yaml", text);
    expect(space.load({ configFiles: ["site.yaml"] }).values.observe.port).toBe(9464);
  },
);

test("JSON indented with tabs, and YAML anchors, are understood", () => {
  const space = workspace();
  space.write("tabs.json", '{\n\t"observe": {\n\t\t"port": 1\n\t}\n}\n');
  space.write("anchor.yaml", "link:\n  closeTimeout: &short 2s\n  connectTimeout: *short\n");
  const { values } = space.load({ configFiles: ["tabs.json", "anchor.yaml"] });
  expect(values.observe.port).toBe(1);
  expect(values.link.connectTimeout).toBe(2000);
});

test("a file that is not there, a folder, and one that is not text", () => {
  const space = workspace();
  space.write("folder/x", "");
  space.write("latin1.yaml", Uint8Array.of(0x23, 0xe4));
  const advice = `Check the name and the rights; a relative name starts at ${space.cwd}.`;
  expect(space.problems({ configFiles: ["none.yaml", "folder", "latin1.yaml"] })).toEqual([
    `none.yaml, named by flag --config: configuration file: it does not exist. ${advice}`,
    `folder, named by flag --config: configuration file: it is a folder. ${advice}`,
    "latin1.yaml: the file is not text in UTF-8. Save it as UTF-8.",
  ]);
});

test.skipIf(process.getuid?.() === 0)("a file that this user may not read", () => {
  const space = workspace();
  chmodSync(space.write("site.yaml", ""), 0o000);
  expect(space.problems({ configFiles: ["site.yaml"] })[0]).toContain(
    `configuration file: user ${process.getuid?.()} may not read it.`,
  );
});

test("a file that nests without end is refused", () => {
  const space = workspace();
  space.write("site.json", `{"plugins":{"settings":{"a":${"[".repeat(20_000)}`);
  expect(space.problems({ configFiles: ["site.json"] })[0]).toMatch(/^site\.json:1:\d+: not JSON: /);
});

import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { openPluginFolder, SHELL } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

const OTHERS = { "x.sh": `${SHELL}echo 1`, "plain.txt": "nothing", "pipe.sh": `${SHELL}echo 1` };
const GOOD = "command: ./x.sh\nmethods: { x: {} }\n";

/** What a declaration in a file x.plugin.yaml is told. */
const WRONG: readonly (readonly [what: string, text: string, problem: RegExp])[] = [
  ["nothing", "", /^x\.plugin\.yaml: it holds no mapping; expected keys such as command and methods$/],
  ["a file of no end", `${GOOD}# ${"x".repeat(300_000)}`, /^x\.plugin\.yaml: it is too large$/],
  ["a list", "- 1", /^x\.plugin\.yaml: it holds no mapping/],
  [
    "no YAML",
    "command: ./x.sh\nmethods:\n\tx: {}",
    /^x\.plugin\.yaml:3:1: not YAML: a tab is used as indentation; use spaces$/,
  ],
  ["a key twice", `${GOOD}command: ./x.sh`, /^x\.plugin\.yaml:3:1: not YAML: this key is there twice/],
  [
    "an alias to itself",
    "methods: &m { x: *m }\ncommand: ./x.sh",
    /aliases \(\*name\) say too much, or contain themselves/,
  ],
  [
    "a misspelt key",
    `${GOOD}enviroment: { A: b }`,
    /^x\.plugin\.yaml:3:1: the definition has an unknown key "enviroment"; it may have .*\. Did you mean "environment"\?$/,
  ],
  [
    "a misspelt key of a method",
    "command: ./x.sh\nmethods:\n  x:\n    timout: 5s",
    /^x\.plugin\.yaml:4:5: methods\.x has an unknown key "timout"; it may have .*Did you mean "timeout"\?$/,
  ],
  [
    "neither command nor url",
    "methods: { x: {} }",
    /it says neither command nor url: name a program to run, or a service to ask$/,
  ],
  ["both", `${GOOD}url: http://a/b`, /^x\.plugin\.yaml:3:1: it says both command and url; keep one of them$/],
  [
    "a mode without a command",
    "url: http://a/b\nmode: daemon\nmethods: { x: {} }",
    /^x\.plugin\.yaml:2:1: mode means nothing without command$/,
  ],
  [
    "headers without a url",
    `${GOOD}headers: { a: b }`,
    /^x\.plugin\.yaml:3:1: headers means nothing without url$/,
  ],
  [
    "an unknown mode",
    `${GOOD}mode: demon`,
    /^x\.plugin\.yaml:3:1: mode must be equal to one of the allowed values: "executable", "daemon"$/,
  ],
  ["no method", "command: ./x.sh", /it has neither methods nor messages nor tasks; name at least one method/],
  [
    "a shell's line",
    "command: python3 x.py --fast\nmethods: { x: {} }",
    /^x\.plugin\.yaml:1:1: command is one text with spaces; no shell reads it\. Write a list: \[python3, x\.py, --fast\]$/,
  ],
  ["an empty command", "command: ['']\nmethods: { x: {} }", /command names no program$/],
  [
    "a program that is not there",
    "command: ./y.sh\nmethods: { x: {} }",
    /^x\.plugin\.yaml:1:1: command: there is no file .*\/y\.sh$/,
  ],
  [
    "a program that may not be run",
    "command: ./plain.txt\nmethods: { x: {} }",
    /^x\.plugin\.yaml:1:1: command: .*plain\.txt is not executable\. Make it so: chmod \+x /,
  ],
  ["a program that is a folder", "command: ./\nmethods: { x: {} }", /is not a file$/],
  [
    "a name that is not in PATH",
    "command: no-such-program\nmethods: { x: {} }",
    /^x\.plugin\.yaml:1:1: command: there is no program "no-such-program" in PATH \(.*\)\. Install it, or write its path$/,
  ],
  [
    "a name that lies beside it",
    "command: x.sh\nmethods: { x: {} }",
    /A file of this name lies beside the declaration: write \.\/x\.sh$/,
  ],
  [
    "a bad name of a method",
    "command: ./x.sh\nmethods: { a/b: {} }",
    /^x\.plugin\.yaml:2:12: methods: "a\/b" cannot be a name; it must match pattern/,
  ],
  [
    "a name of hubhand's own",
    "command: ./x.sh\nmethods: { hubhand.x: {} }",
    /names that start with "hubhand\." are hubhand's own$/,
  ],
  [
    "a time-out without a unit",
    "command: ./x.sh\nmethods:\n  x: { timeout: 5 }",
    /^x\.plugin\.yaml:3:8: methods\.x\.timeout is 5; it has no unit; expected a duration/,
  ],
  [
    "a bad schema",
    "command: ./x.sh\nmethods: { x: { schema: { type: strng } } }",
    /^the schema of method "x" is not a JSON Schema \(2020-12\)/,
  ],
  [
    "a bad cron",
    "command: ./x.sh\ntasks:\n  t:\n    cron: never",
    /^x\.plugin\.yaml:4:5: tasks\.t: "never" is not a cron expression/,
  ],
  ["a bad name", `${GOOD}name: a b`, /^x\.plugin\.yaml:3:1: name must match pattern/],
  [
    "a variable of hubhand's",
    `${GOOD}environment: { HUBHAND_X: 1 }`,
    /names that start with HUBHAND_ are hubhand's own$/,
  ],
  [
    "a connection string",
    `${GOOD}environment: { HUB: "HostName=a;SharedAccessKey=c2VjcmV0" }`,
    /^x\.plugin\.yaml:3:16: environment\.HUB holds a connection string; a plugin never gets one$/,
  ],
  [
    "a connection string in the command",
    'command: [./x.sh, "SharedAccessKey=c2VjcmV0"]\nmethods: { x: {} }',
    /^x\.plugin\.yaml:1:1: command holds a connection string; a plugin never gets one$/,
  ],
  [
    "a shared access signature in the url",
    "url: http://a/b?SharedAccessSignature=c2VjcmV0\nmethods: { x: {} }",
    /^x\.plugin\.yaml:1:1: url holds a connection string; a plugin never gets one$/,
  ],
  [
    "a header of hubhand's",
    "url: http://a/b\nheaders: { Hubhand-Method: y }\nmethods: { x: {} }",
    /^x\.plugin\.yaml:2:12: headers\.Hubhand-Method is set by hubhand itself$/,
  ],
  [
    "copies of copies",
    `${GOOD}settings:\n  a: &a [${"x, ".repeat(20)}x]\n  b: &b [${"*a, ".repeat(20)}*a]\n  c: [${"*b, ".repeat(20)}*b]`,
    /^x\.plugin\.yaml: its aliases \(\*name\) say too much/,
  ],
  [
    "a url that is none",
    "url: sidecar\nmethods: { x: {} }",
    /^x\.plugin\.yaml:1:1: url is no URL; expected one like/,
  ],
  [
    "a url of another kind",
    "url: file:///etc/passwd\nmethods: { x: {} }",
    /url starts with file:; expected one like/,
  ],
  [
    "a url with a password",
    "url: http://me:hush@a/b\nmethods: { x: {} }",
    /url holds a user or password; put them into headers/,
  ],
  [
    "a header that cannot be sent",
    'url: http://a/b\nheaders: { a: "b\\nc" }\nmethods: { x: {} }',
    /headers\.a holds a character that cannot be sent$/,
  ],
  [
    "a user that there is not",
    `${GOOD}user: no-such-user`,
    /there is no user "no-such-user" on this machine/,
  ],
];

describe("a declaration that is wrong is told with line and column, what was expected, and what to do", () => {
  it.each(WRONG)("%s", async (_, text, problem) => {
    const { status, registry } = await openPluginFolder(cleanUp, { ...OTHERS, "x.plugin.yaml": text });
    expect(status("x")).toMatchObject({ up: false, problem: expect.stringMatching(problem) });
    expect(status("x")?.problem).not.toContain("hush");
    expect(status("x")?.problem).not.toContain("c2VjcmV0");
    expect(registry.get("pipe")).toBeDefined();
  });
});

describe("a declaration that is right", () => {
  it("may be YAML or JSON, and has its name from the file unless it says another", async () => {
    const { status } = await openPluginFolder(cleanUp, {
      "x.sh": `${SHELL}echo 1`,
      "a.plugin.yaml": "command: ./x.sh\nmethods: { a: }",
      "b.plugin.yml": "name: bee\ncommand: [./x.sh]\nmethods: { b: {} }",
      "c.plugin.json": '{"command":"./x.sh","methods":{"c":{}}}',
    });
    expect(["a", "bee", "c"].map((name) => status(name)?.up)).toEqual([true, true, true]);
  });

  it("may be a folder with all that belongs to it", async () => {
    const { call, status } = await openPluginFolder(cleanUp, {
      "relay/plugin.yaml": "command: [sh, answer.sh]\nmethods: { relay: {} }",
      "relay/answer.sh": 'echo "\\"$(pwd)\\""',
    });
    expect(status("relay")).toMatchObject({ kind: "executable", up: true });
    expect((await call("relay")).body).toMatch(/\/relay$/);
  });

  it("tells its methods as they are declared", async () => {
    const { registry } = await openPluginFolder(cleanUp, {
      "x.sh": `${SHELL}echo 1`,
      "x.plugin.yaml": `command: ./x.sh
methods:
  x: { description: Does it., timeout: 2s, concurrency: 1, queue: 0, schema: { type: object }, replySchema: true }`,
    });
    expect(registry.get("x")).toMatchObject({
      description: "Does it.",
      timeout: 2000,
      concurrency: 1,
      queue: 0,
      schema: { type: "object" },
      replySchema: true,
    });
  });
});

import { chmod } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readDeclaration } from "../../../src/plugins/declaration/read-declaration.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { writeFiles } from "../load.ts";

const cleanUp = cleanUpAfterEach();

/** Reads a declaration that lies beside a program `relay.py` and a file `notes.py` that is none. */
async function read(text: string, file = "relay.plugin.yaml") {
  const folder = await cleanUp.folder();
  await writeFiles(folder, {
    [file]: text,
    "relay.py": "#!/bin/sh\n",
    "notes.py": "",
    "bin/tool": "#!/bin/sh\n",
  });
  await chmod(path.join(folder, "relay.py"), 0o755);
  await chmod(path.join(folder, "bin/tool"), 0o755);
  const options = { name: "relay", searchPath: path.join(folder, "bin") };
  return { folder, declaration: await readDeclaration(path.join(folder, file), options) };
}

const problemOf = (text: string): Promise<unknown> =>
  read(text).then(
    () => "it was taken",
    (error: unknown) => error,
  );

const METHODS = "methods: { relay.set: {} }";

describe("a declared program", () => {
  it("says all that a plugin can say", async () => {
    const { folder, declaration } = await read(`
name: porch-relay
version: 1.10
description: A relay.
command: [./relay.py, --pin, 17]
mode: daemon
user: nobody
group: 65534
environment: { PIN: 17, RATIO: 1.10, LOUD: true, PLACE: "porch" }
settings: { type: object, properties: { pin: { type: integer, default: 17 } } }
methods:
  relay.set:
    description: Switches.
    schema: { type: object, required: [on] }
    replySchema: { type: object }
    timeout: 5s
    concurrency: 2
    queue: 0
  relay.get:
tasks:
  nightly: { cron: "0 3 * * *", timezone: Europe/Berlin, overlap: allow, timeout: 1m, description: Off. }
`);
    expect(declaration).toEqual({
      name: "porch-relay",
      kind: "daemon",
      // As it is written, and not as the number 1.1.
      version: "1.10",
      description: "A relay.",
      command: [path.join(folder, "relay.py"), "--pin", "17"],
      directory: folder,
      environment: { PIN: "17", RATIO: "1.10", LOUD: "true", PLACE: "porch" },
      user: "nobody",
      group: 65_534,
      settings: { type: "object", properties: { pin: { type: "integer", default: 17 } } },
      methods: {
        "relay.set": {
          description: "Switches.",
          schema: { type: "object", required: ["on"] },
          replySchema: { type: "object" },
          timeout: "5s",
          concurrency: 2,
          queue: 0,
        },
        "relay.get": {},
      },
      tasks: {
        nightly: {
          cron: "0 3 * * *",
          timezone: "Europe/Berlin",
          overlap: "allow",
          timeout: "1m",
          description: "Off.",
        },
      },
    });
  });

  it("has the name of its file, runs for each call, and a text is a program without arguments", async () => {
    const { folder, declaration } = await read(`command: ./relay.py\n${METHODS}`);
    expect(declaration).toMatchObject({
      name: "relay",
      kind: "executable",
      command: [path.join(folder, "relay.py")],
    });
  });

  it("is found in PATH by its name alone", async () => {
    const { folder, declaration } = await read(`command: [tool, relay.py]\n${METHODS}`);
    expect(declaration).toMatchObject({ command: [path.join(folder, "bin/tool"), "relay.py"] });
  });

  it("may be declared in JSON", async () => {
    const text = '{"command":["./relay.py"],"methods":{"relay.set":null}}';
    const { declaration } = await read(text, "relay.plugin.json");
    expect(declaration.methods).toEqual({ "relay.set": {} });
  });
});

it("a declared service has a url and headers", async () => {
  const text = `url: http://sidecar:8080/{method}\nheaders: { X-Key: 1.10 }\n${METHODS}`;
  const { declaration } = await read(text);
  expect(declaration).toEqual({
    name: "relay",
    kind: "http",
    url: "http://sidecar:8080/{method}",
    headers: { "X-Key": "1.10" },
    methods: { "relay.set": {} },
    tasks: {},
  });
});

describe("a declaration with a fault is told with line, column and what was expected", () => {
  const program = "command: [./relay.py]\n";
  const service = "url: http://sidecar:8080/\n";
  const faults: Readonly<Record<string, readonly [text: string, problem: RegExp | string]>> = {
    "no YAML": ["command: [./relay.py\n", /^relay\.plugin\.yaml:2:1: not YAML: /],
    "nothing at all": ["# nothing\n", "relay.plugin.yaml: it holds no mapping"],
    "an unknown key": [
      `${program}metods: {}\n`,
      /^relay\.plugin\.yaml:2:1: .*unknown key "metods".*Did you mean "methods"\?$/,
    ],
    "an unknown key of a method": [
      `${program}methods:\n  relay.set:\n    timout: 5s\n`,
      /^relay\.plugin\.yaml:4:5: methods\.relay\.set has an unknown key "timout".*Did you mean "timeout"\?$/,
    ],
    "a duration without a unit": [
      `${program}methods:\n  relay.set:\n    timeout: 5\n`,
      /^relay\.plugin\.yaml:4:5: methods\.relay\.set\.timeout is 5; it has no unit; expected a duration/,
    ],
    "a cron expression that is none": [
      `${program}tasks:\n  nightly:\n    cron: never\n`,
      /^relay\.plugin\.yaml:4:5: tasks\.nightly: "never" is not a cron expression/,
    ],
    "a reserved method": [
      `${program}methods: { hubhand.ping: {} }`,
      /^relay\.plugin\.yaml:2:12: .*"hubhand\." are hubhand's own$/,
    ],
    "neither methods nor tasks": [program, /^relay\.plugin\.yaml:1:1: it has neither methods nor tasks/],
    "neither command nor url": [METHODS, /^relay\.plugin\.yaml:1:1: it says neither command nor url/],
    "both command and url": [
      `${program}${service}${METHODS}`,
      /^relay\.plugin\.yaml:2:1: it says both command and url/,
    ],
    "a user of a service": [
      `${service}user: nobody\n${METHODS}`,
      /^relay\.plugin\.yaml:2:1: user means nothing without command$/,
    ],
    "headers of a program": [
      `${program}headers: {}\n${METHODS}`,
      /^relay\.plugin\.yaml:2:1: headers means nothing without url$/,
    ],
    "a line for a shell": [
      `command: python3 relay.py\n${METHODS}`,
      /^relay\.plugin\.yaml:1:1: .*no shell reads it\. Write a list: \[python3, relay\.py\]$/,
    ],
    "a program that is not there": [
      `command: [./gone.py]\n${METHODS}`,
      /^relay\.plugin\.yaml:1:1: command: there is no file .*\/gone\.py$/,
    ],
    "a program that may not be run": [
      `command: [./notes.py]\n${METHODS}`,
      /^relay\.plugin\.yaml:1:1: command: .*\/notes\.py is not executable\. Make it so: chmod \+x /,
    ],
    "a program that is not in PATH": [
      `command: [not-there]\n${METHODS}`,
      /^relay\.plugin\.yaml:1:1: command: there is no program "not-there" in PATH .*Install it, or write its path$/,
    ],
    "a program beside it, named as one in PATH": [
      `command: relay.py\n${METHODS}`,
      /lies beside the declaration: write \.\/relay\.py$/,
    ],
    "a variable of hubhand's": [
      `${program}environment:\n  HUBHAND_PLUGIN: x\n${METHODS}`,
      /^relay\.plugin\.yaml:3:3: .*start with HUBHAND_ are hubhand's own$/,
    ],
    "an address that is none": [
      `url: sidecar:8080\n${METHODS}`,
      /^relay\.plugin\.yaml:1:1: url starts with /,
    ],
    "a password in an address": [
      `url: http://me:secret@sidecar/\n${METHODS}`,
      /^relay\.plugin\.yaml:1:1: url holds a user or password; put them into headers/,
    ],
    "a header of hubhand's": [
      `${service}headers: { Hubhand-Method: x }\n${METHODS}`,
      /^relay\.plugin\.yaml:2:12: headers\.Hubhand-Method is set by hubhand itself$/,
    ],
    "copies of copies": [
      `${program}${METHODS}\nsettings:\n  a: &a [${"x, ".repeat(20)}x]\n  b: &b [${"*a, ".repeat(20)}*a]\n  c: [${"*b, ".repeat(20)}*b]\n`,
      "relay.plugin.yaml: its aliases (*name) say too much, or contain themselves; write the values out",
    ],
  };

  it.each(Object.entries(faults))("%s", async (_, [text, problem]) => {
    const error = await problemOf(text);
    expect(error).toMatchObject({ code: "PLUGIN_INVALID" });
    expect((error as Error).message).toMatch(problem);
  });

  it.each([
    ["environment", `${program}environment: { HUB: "HostName=h;SharedAccessKey=c2VjcmV0" }\n${METHODS}`],
    ["command", `command: [./relay.py, "HostName=h;SharedAccessKey=c2VjcmV0"]\n${METHODS}`],
    ["headers", `${service}headers: { Hub: "HostName=h;SharedAccessKey=c2VjcmV0" }\n${METHODS}`],
    ["url", `url: "http://sidecar/?hub=SharedAccessKey=c2VjcmV0"\n${METHODS}`],
  ])("a connection string in %s, without showing it", async (key, text) => {
    const { message } = (await problemOf(text)) as Error;
    expect(message).toMatch(
      new RegExp(`^relay\\.plugin\\.yaml:\\d+:\\d+: ${key}.* holds a connection string`),
    );
    expect(message).not.toContain("c2VjcmV0");
  });
});

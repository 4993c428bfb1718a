import { chmod } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createDeclarationReader } from "../../../src/plugins/declaration/read-declaration.ts";
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
  return { folder, declaration: await createDeclarationReader()(path.join(folder, file), options) };
}

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
telemetry: { type: object, properties: { on: { type: boolean } } }
methods:
  relay.set:
    description: Switches.
    schema: { type: object, required: [on] }
    replySchema: { type: object }
    timeout: 5s
    concurrency: 2
    queue: 0
  relay.get:
messages:
  relay.set: { description: Switches., schema: { type: object }, timeout: 5s, concurrency: 2, queue: 0 }
  "*":
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
      telemetry: { type: "object", properties: { on: { type: "boolean" } } },
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
      messages: {
        "relay.set": {
          description: "Switches.",
          schema: { type: "object" },
          timeout: "5s",
          concurrency: 2,
          queue: 0,
        },
        "*": {},
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

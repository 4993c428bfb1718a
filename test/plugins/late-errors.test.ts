import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();
const GUARDED = fileURLToPath(new URL("./fixtures/guarded.ts", import.meta.url));

/** Starts the guarded process, waits for its first line, and asks it to end. */
async function guarded(folder: string, what: string) {
  const child = spawn(process.execPath, [GUARDED, folder, what], { stdio: ["pipe", "pipe", "inherit"] });
  cleanUp.add(() => child.kill("SIGKILL"));
  child.stdin.on("error", () => {}); // It may have ended by itself.
  const exited = once(child, "exit");
  const lines: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    if (lines.length === 1) child.stdin.write("end\n");
  }
  const [code] = (await exited) as [number];
  return { code, lines };
}

async function withPlugin(name: string, text: string) {
  const folder = await cleanUp.folder();
  await writeFiles(folder, {
    [name]: text,
    "node_modules/dep/index.js": "exports.later = () => setTimeout(() => { throw new Error('dep'); }, 1);",
  });
  return guarded(folder, name);
}

describe("what a plugin throws where nobody can catch it is told, and the process goes on", () => {
  it.each<[string, string, string, string]>([
    ["in a timer", "a.ts", "setTimeout(() => { throw new Error('late'); }, 1);", "late"],
    ["in a timer, as CommonJS", "a.cjs", "setTimeout(() => { throw new Error('late'); }, 1);", "late"],
    [
      "in a promise it forgot",
      "a.mjs",
      "void (async () => { await null; throw new Error('late'); })();",
      "late",
    ],
    [
      "in a package of its own",
      "a.mjs",
      "import { createRequire } from 'node:module'; createRequire(import.meta.url)('dep').later();",
      "dep",
    ],
    [
      "by ending the process",
      "a.mjs",
      "setTimeout(() => process.exit(0), 1);",
      "a plugin may not end the agent (process.exit)",
    ],
    ["as an object without a stack", "a.mjs", "void Promise.reject({ code: 7 });", ""],
    ["as undefined", "a.mjs", "void Promise.reject(undefined);", ""],
    [
      "as an error that cannot be read",
      "a.mjs",
      "void Promise.reject(Object.defineProperty(new Error('x'), 'stack', { get() { throw 1; } }));",
      "",
    ],
    [
      "from a stream without an error listener",
      "a.mjs",
      "import fs from 'node:fs'; fs.createReadStream('/nowhere');",
      "ENOENT",
    ],
    [
      "from a socket without an error listener",
      "a.mjs",
      "import net from 'node:net'; net.connect(1, '127.0.0.1');",
      "ECONNREFUSED",
    ],
  ])("%s", async (_, name, text, message) => {
    const { code, lines } = await withPlugin(name, text);
    expect(code).toBe(0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "error",
      msg: expect.stringMatching(/plugin.*; the agent goes on$/),
    });
    expect(JSON.stringify(lines[0]?.err ?? null)).toContain(message);
  });

  it("through a link to the plugins folder as well", async () => {
    const folder = await cleanUp.folder();
    await mkdir(path.join(folder, "real"));
    await writeFiles(folder, { "real/a.ts": "setTimeout(() => { throw new Error('late'); }, 1);" });
    await symlink("real", path.join(folder, "plugins"));
    expect((await guarded(path.join(folder, "plugins"), "a.ts")).code).toBe(0);
  });
});

describe("what hubhand itself throws ends the process with 70, to be started afresh", () => {
  it.each([
    ["own-fault", "a fault of hubhand's own", "uncaughtException"],
    ["own-rejection", "forgotten by hubhand", "unhandledRejection"],
  ])("%s", async (what, message, kind) => {
    const { code, lines } = await guarded(await cleanUp.folder(), what);
    expect(code).toBe(70);
    expect(lines).toMatchObject([
      {
        level: "fatal",
        kind,
        err: { message },
        msg: "an internal fault; the agent stops, to be started afresh",
      },
    ]);
  });

  it("though the plugins folder is not there", async () => {
    const { code } = await guarded("/nowhere/plugins", "own-fault");
    expect(code).toBe(70);
  });
});

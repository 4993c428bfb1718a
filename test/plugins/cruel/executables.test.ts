import path from "node:path";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { isRunning, mark, NODE, openPluginFolder, SHELL } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

const declared = (name: string, options: string): string =>
  `command: ./${name}\nmethods: { x: { ${options} } }`;

describe("a program that does not end", () => {
  it("is asked to, then made to when its time is over, with all that it has started", async () => {
    const [own, other] = [mark(), mark()];
    const { call } = await openPluginFolder(cleanUp, {
      "x.plugin.yaml": declared("x.sh", "timeout: 300ms"),
      "x.sh": `${SHELL}trap '' TERM; sleep ${other} & sleep ${own}`,
    });
    expect(await call("x")).toMatchObject({ status: 408, code: "METHOD_TIMED_OUT" });
    await waitUntil("both are gone", async () => !(await isRunning(own)) && !(await isRunning(other)));
  });

  it("cannot hide by leaving its process group", async () => {
    const hidden = mark();
    const { call } = await openPluginFolder(cleanUp, {
      "x.plugin.yaml": declared("x.sh", "timeout: 300ms"),
      "x.sh": `${SHELL}setsid sleep ${hidden} & sleep ${mark()}`,
    });
    expect((await call("x")).status).toBe(408);
    await waitUntil("it is gone", async () => !(await isRunning(hidden)));
  });

  it("is ended when the agent stops", async () => {
    const own = mark();
    const { call, set } = await openPluginFolder(cleanUp, { "x.sh": `${SHELL}sleep ${own}` });
    void call("x");
    await waitUntil("it runs", () => isRunning(own));
    await set.stopAll();
    expect(await isRunning(own)).toBe(false);
  });
});

it("one whose child holds standard output open is not waited for, and the child is ended", async () => {
  const child = mark();
  const { call } = await openPluginFolder(cleanUp, { "x.sh": `${SHELL}sleep ${child} & echo '"done"'` });
  expect(await call("x")).toMatchObject({ status: 200, body: "done" });
  await waitUntil("the child is gone", async () => !(await isRunning(child)));
});

it("one that floods standard output is ended: REPLY_TOO_LARGE", async () => {
  const { call, extra } = await openPluginFolder(cleanUp, { "x.sh": `${SHELL}exec yes` });
  expect(await call("x")).toMatchObject({ status: 413, code: "REPLY_TOO_LARGE" });
  expect(extra).toEqual([]);
});

it("one that floods standard error costs no more than the lines that the log takes", async () => {
  const { call, log } = await openPluginFolder(cleanUp, {
    "x.plugin.yaml": declared("x.sh", "timeout: 1500ms"),
    "x.sh": `${SHELL}exec yes >&2`,
  });
  expect((await call("x")).status).toBe(408);
  expect(log.lines().filter(({ stream }) => stream === "stderr").length).toBeLessThanOrEqual(300);
});

it("one that never reads its input, of 100 KiB, is none the worse", async () => {
  const { call } = await openPluginFolder(cleanUp, { "x.sh": `${SHELL}exec <&-; echo 1` });
  expect(await call("x", "a".repeat(100_000))).toMatchObject({ status: 200, body: 1 });
});

it("a payload of many bytes comes back whole", async () => {
  const { call } = await openPluginFolder(cleanUp, { "x.sh": `${SHELL}cat` });
  const payload = "ü€".repeat(20_000);
  expect((await call("x", payload)).body).toBe(payload);
});

it.each([
  ["crashes natively", "process.abort()", /^the program failed, it was ended by SIGABRT/],
  ["kills itself", "process.kill(process.pid, 'SIGKILL')", /^the program failed, it was ended by SIGKILL/],
  [
    "writes half a JSON",
    "process.stdout.write('{\"a\":')",
    /^the program's output is not JSON; it begins with/,
  ],
  ["writes bytes", "process.stdout.write(Buffer.from([0, 255, 254]))", /^the program's output is not JSON/],
])("one that %s is METHOD_FAILED", async (_, code, message) => {
  const { call } = await openPluginFolder(cleanUp, { "x.cjs": NODE + code });
  expect(await call("x")).toMatchObject({ code: "METHOD_FAILED", message: expect.stringMatching(message) });
});

it("one that is gone when it is called is told to whoever called", async () => {
  const { call, directory } = await openPluginFolder(cleanUp, { "x.sh": `${SHELL}rm "$0"; echo 1` });
  expect((await call("x")).body).toBe(1);
  const file = path.join(directory, "x.sh");
  expect(await call("x")).toMatchObject({
    status: 500,
    message: `the program failed, ${file} cannot be started: it is gone, or its first line (#!) names a program that is not there`,
  });
});

it("a hundred calls at once run sixteen at a time, and each has one reply", async () => {
  const { call, extra } = await openPluginFolder(cleanUp, { "x.sh": `${SHELL}cat` });
  const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => call("x", n)));
  const good = replies.filter(({ status }) => status === 200);
  expect(good).toHaveLength(80);
  expect(replies.filter(({ code }) => code === "METHOD_BUSY")).toHaveLength(20);
  expect(extra).toEqual([]);
});

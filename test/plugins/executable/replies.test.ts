import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { NODE, openPluginFolder, SHELL } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

it("a program answers the method of its own name: JSON in, JSON out", async () => {
  const { call, status, registry } = await openPluginFolder(cleanUp, {
    "echo.sh": `${SHELL}cat`,
  });
  expect(await call("echo", { on: true })).toMatchObject({ status: 200, body: { on: true } });
  expect(status("echo")).toEqual({ name: "echo", kind: "executable", up: true });
  expect(registry.list().map(({ name }) => name)).toEqual(["echo"]);
});

it.each([
  ["nothing", "", { status: 200, body: null }],
  ["white space", "echo", { status: 200, body: null }],
  ["a text", `echo '"hello"'`, { status: 200, body: "hello" }],
  [
    "a status and a payload",
    `echo '{"status":418,"payload":{"tea":true}}'`,
    { status: 418, body: { tea: true } },
  ],
  ["a status alone", `echo '{"status":204}'`, { status: 204, body: null }],
  [
    "a status among other keys is data",
    `echo '{"status":204,"of":"x"}'`,
    { status: 200, body: { status: 204, of: "x" } },
  ],
  ["a status that is no number is data", `echo '{"status":"on"}'`, { status: 200, body: { status: "on" } }],
])("%s", async (_, script, expected) => {
  const { call } = await openPluginFolder(cleanUp, { "x.sh": SHELL + script });
  expect(await call("x")).toMatchObject(expected);
});

it.each([
  [
    "an exit status other than 0, with the last line of standard error",
    "echo 'first' >&2; echo 'no such valve' >&2; exit 3",
    "the program failed, it exited with 3: no such valve",
  ],
  ["a signal", "kill -SEGV $$", "the program failed, it was ended by SIGSEGV"],
  ["what is not JSON", "echo hello", 'the program\'s output is not JSON; it begins with "hello\\n"'],
  [
    "a status that is none",
    `echo '{"status":0}'`,
    "the handler's status is 0; expected a whole number like 200",
  ],
])("%s is METHOD_FAILED", async (_, script, message) => {
  const { call } = await openPluginFolder(cleanUp, { "x.sh": SHELL + script });
  expect(await call("x")).toMatchObject({ status: 500, code: "METHOD_FAILED", message });
});

it("what it writes to standard error is the log of the call", async () => {
  const { call, log } = await openPluginFolder(cleanUp, {
    "x.sh": `${SHELL}echo 'opening {"valve"}' >&2; echo 1`,
  });
  await call("x");
  expect(log.lines().find(({ stream }) => stream === "stderr")).toMatchObject({
    level: "info",
    method: "x",
    requestId: "r1",
    msg: 'opening {"valve"}',
  });
});

it("it is told what it is called for by variables, and its settings on file descriptor 3", async () => {
  const declaration = `
command: ./show.js
description: Shows what it gets.
version: 1.5
settings: { type: object, properties: { pin: { type: integer, default: 17 }, password: { type: string } } }
environment: { SITE: north, LEVEL: 3 }
methods:
  show: { timeout: 5s, schema: { type: object } }
`;
  const { call, status } = await openPluginFolder(
    cleanUp,
    {
      "show.plugin.yaml": declaration,
      "show.js": `${NODE}
const { readFileSync } = require("node:fs");
const { PATH, ...variables } = process.env;
console.log(JSON.stringify({ variables, context: JSON.parse(readFileSync(3, "utf8")), args: process.argv.slice(2) }));`,
    },
    { settings: { show: { password: "hush" } }, env: { HUBHAND_CONNECTION_STRING: "secret", TZ: "UTC" } },
  );
  const { body } = await call("show", {});
  const { variables, context, args } = body as {
    variables: Record<string, string>;
    context: unknown;
    args: unknown;
  };
  expect(args).toEqual([]);
  expect(Object.keys(variables).sort()).toEqual(
    [
      "HUBHAND_CHILD",
      "HUBHAND_METHOD",
      "HUBHAND_PLUGIN",
      "HUBHAND_REQUEST_ID",
      "HUBHAND_TIMEOUT_MS",
      "LEVEL",
      "SITE",
      "TZ",
    ].sort(),
  );
  expect(variables).toMatchObject({
    HUBHAND_METHOD: "show",
    HUBHAND_PLUGIN: "show",
    HUBHAND_REQUEST_ID: "r1",
    HUBHAND_TIMEOUT_MS: "5000",
    SITE: "north",
    LEVEL: "3",
  });
  expect(context).toEqual({
    plugin: "show",
    method: "show",
    requestId: "r1",
    timeoutMs: 5000,
    settings: { pin: 17, password: "hush" },
  });
  expect(status("show")).toMatchObject({ version: "1.5", kind: "executable" });
  expect((await call("show", 7)).code).toBe("PAYLOAD_INVALID");
});

it("its arguments reach it as they are, past every shell", async () => {
  const { call } = await openPluginFolder(cleanUp, {
    "x.plugin.yaml": `command: [./x.sh, "$HOME; rm -rf *", "a  b", 7, "*"]\nmethods: { x: {} }`,
    "x.sh": `${SHELL}for a in "$@"; do printf '%s|' "$a" >&2; done; echo >&2; exit 1`,
  });
  expect((await call("x")).message).toBe("the program failed, it exited with 1: $HOME; rm -rf *|a  b|7|*|");
});

it("its tasks run on time, and fail as it does", async () => {
  const { schedule } = await openPluginFolder(cleanUp, {
    "x.plugin.yaml": `command: ./x.sh\ntasks: { good: { cron: "0 3 * * *" }, bad: { cron: "0 3 * * *", timeout: 5s } }`,
    "x.sh": `${SHELL}test "$HUBHAND_TASK" = good`,
  });
  expect(await schedule.runNow("x", "good")).toBe("ok");
  expect(await schedule.runNow("x", "bad")).toBe("failed");
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { readPayload } from "../../../src/commands/call/payload.ts";
import { readAsk } from "../../../src/commands/call/words-asked.ts";
import { callCommand } from "../../../src/commands/call.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { runVerb } from "../support/run-verb.ts";

const cleanUp = cleanUpAfterEach();

function ask(words: readonly string[], flags: Partial<Parameters<typeof readAsk>[1]> = {}) {
  return readAsk(words, { wait: true, ...flags }, (problem) => {
    throw new Error(problem);
  });
}

test("words are device, method and payload; with --query there is no device", () => {
  expect(ask(["pi", "m", "1"])).toEqual({
    kind: "one",
    target: { deviceId: "pi" },
    call: { methodName: "m" },
    payload: "1",
  });
  expect(ask(["m", "1"], { query: "*" })).toEqual({
    kind: "many",
    condition: "*",
    call: { methodName: "m" },
    payload: "1",
  });
  expect(ask([], { resume: "j" })).toEqual({ kind: "job", flag: "--resume", jobId: "j" });
});

test("a module is named behind a slash or by --module", () => {
  const target = { deviceId: "pi", moduleId: "mod1" };
  expect(ask(["pi/mod1", "m"])).toMatchObject({ target });
  expect(ask(["pi", "m"], { module: "mod1" })).toMatchObject({ target });
});

test.each<[string[], Partial<Parameters<typeof readAsk>[1]>, string]>([
  [[], {}, "missing required argument 'device[/module]'"],
  [["pi"], {}, "missing required argument 'method'"],
  [["pi", "m", "{a:", "1}"], {}, 'too many arguments: "1}" stands behind the payload'],
  [["pi/mod1", "m"], { module: "mod1" }, "named twice"],
  [[], { query: "*" }, "missing required argument 'method'"],
  [["pi", "m", "1"], { query: "*" }, "with --query no device is named"],
  [["m"], { query: " " }, "--query is empty"],
  [["m"], { query: "*", module: "mod1" }, "FROM devices.modules WHERE"],
  [["m"], { query: "*", resume: "j" }, "--query and --resume do not go together"],
  [["pi", "m"], { cancel: "j" }, "nothing else to say"],
  [["pi", "m"], { startAt: "2100-01-01T00:00:00Z" }, "--start-at is for jobs"],
  [["pi", "m"], { maxExecutionTime: "1h" }, "--max-execution-time is for jobs"],
  [["pi", "m"], { wait: false }, "--no-wait is for jobs"],
])("%j with %j does not go together", (words, flags, told) => {
  expect(() => ask(words, flags)).toThrow(told);
});

describe("the payload", () => {
  const io = (input = "") => ({
    cwd: "/",
    writeError: () => {},
    input: { isTerminal: false, read: () => Readable.from([Buffer.from(input)]) },
  });

  test("comes from the argument, a file or standard input", async () => {
    const cwd = await cleanUp.folder();
    await writeFile(join(cwd, "p.json"), ' {\n "a": 1 }\n');
    expect(await readPayload(undefined, io())).toBe(null);
    expect(await readPayload("7", io())).toBe(7);
    expect(await readPayload("@p.json", { ...io(), cwd })).toEqual({ a: 1 });
    expect(await readPayload("-", io('"ä"'))).toBe("ä");
  });

  test("a person at a terminal is told what is waited for", async () => {
    let told = "";
    const at = io("1");
    await readPayload("-", {
      ...at,
      input: { ...at.input, isTerminal: true },
      writeError: (text) => {
        told += text;
      },
    });
    expect(told).toContain("Ctrl-D ends it");
  });

  test.each([
    ["@nowhere.json", "", 'the file "nowhere.json", cannot be read: it does not exist'],
    ["@/", "", "it is a folder"],
    ["-", "", "The payload is not JSON: it is empty"],
    ["-", "{a}", "does not belong there"],
    ["-", `"${"x".repeat(1024 * 1024)}"`, "is over 1 MiB; the hub takes 128 KiB"],
  ])("%s: what is wrong with it is told", async (written, input, told) => {
    await expect(readPayload(written, io(input))).rejects.toMatchObject({
      code: "CALL_INVALID",
      message: expect.stringContaining(told),
    });
  });

  test("what is no text is refused", async () => {
    const at = { ...io(), input: { isTerminal: false, read: () => Readable.from([Buffer.from([0xff])]) } };
    await expect(readPayload("-", at)).rejects.toThrow("is not UTF-8 text");
  });
});

test.each([
  [["--start-at", "2100-01-01T00:00"], "expected a time with its zone"],
  [["--start-at", "2100-13-01T00:00:00Z"], "expected a time with its zone"],
  [["--max-execution-time", "0s"], "expected whole seconds from 1s to 2592000s"],
  [["--retry-for", "long"], '--retry-for is "long"; expected a number and its unit'],
])("%j ends with 78, before anything is sent", async (flags, told) => {
  const outcome = await runVerb(callCommand, ["--query", "*", "m", ...flags], {
    env: { IOTHUB_CONNECTION_STRING: "HostName=hub.invalid;SharedAccessKeyName=s;SharedAccessKey=AAAA" },
  });
  expect(outcome).toMatchObject({ exitCode: 78, errors: expect.stringContaining(told) });
});

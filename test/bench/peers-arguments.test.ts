import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readArguments } from "../../bench/peers/arguments.ts";

const MAIN = fileURLToPath(new URL("../../bench/peers/main.ts", import.meta.url));
const KNOWN = { measures: ["calls", "start"], contenders: ["hubhand", "sdk"] };

test("without arguments all is measured, five times", () => {
  expect(readArguments([], KNOWN)).toMatchObject({
    effort: { rounds: 5, calls: 50_000, isThorough: true },
    only: KNOWN.measures,
    contenders: KNOWN.contenders,
    write: false,
  });
});

test("a part is measured of some, more often, of fewer calls", () => {
  const args = ["--only", "start", "--contenders", "sdk", "--rounds", "9", "--calls", "500", "--json", "x"];
  expect(readArguments(args, KNOWN)).toMatchObject({
    effort: { rounds: 9, calls: 500 },
    only: ["start"],
    contenders: ["sdk"],
    json: "x",
  });
});

test.each([
  [["--rounds", "0"], "--rounds is a whole number from 1"],
  [["--calls", "many"], "--calls is a whole number from 100"],
  [["--only", "start,stop"], '"stop" is none of calls, start'],
  [["--contenders", "java"], '"java" is none of hubhand, sdk'],
  [["--write", "--quick"], "--write is for good"],
  [["3"], "'3'"],
])("%j is refused", (args, told) => {
  expect(() => readArguments(args, KNOWN)).toThrow(told);
});

test("npm run bench says what it takes when it gets something else, and measures nothing", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "--bogus"], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
  expect(stderr).toContain("'--bogus'");
  expect(stderr).toContain("--quick");
});

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { PROVISIONING } from "../../bench/fleet/limits.ts";
import { PAGE, withSections } from "../../bench/fleet/page.ts";
import { ARITHMETIC } from "../../bench/fleet/tables.ts";
import { loadConfig } from "../../src/config/index.ts";

const MAIN = fileURLToPath(new URL("../../bench/fleet/main.ts", import.meta.url));

test("what is reckoned on the page on a million devices is what the program reckons", () => {
  const page = readFileSync(PAGE, "utf8");
  const sections = Object.fromEntries(Object.entries(ARITHMETIC).map(([name, make]) => [name, make()]));
  expect(page, "npm run bench:fleet -- --write").toBe(withSections(page, sections));
});

test("a page without a place for a table is told", () => {
  expect(() => withSections("no mark", { day: "" })).toThrow(/no place for "day"/);
});

test("what a million ask of a service that throttles them is reckoned with half of the longest wait", () => {
  const { link } = loadConfig({ env: {}, cwd: import.meta.dirname }).values;
  const aSecond = 1_000_000 / (link.backoff.refusedMax / 1000 / 2);
  const told = Math.round(aSecond / 100) * 100;
  expect(readFileSync(PAGE, "utf8")).toContain(
    `${told.toLocaleString("en-GB")} questions a second, four hundred`,
  );
  expect(aSecond / (PROVISIONING.registrationsAMinute / 60)).toBeCloseTo(400, 5);
});

test.each([
  [["--heartbeat", "60"], "--devices is expected"],
  [["--devices", "1000", "--heartbeat", "0"], "seconds above 0"],
  [["--devices", "1000", "--messages", "Infinity"], "Numbers from 0"],
  [["--devices", "0.5"], "devices from 1"],
  [["--bogus"], "'--bogus'"],
])("npm run bench:fleet -- %j is refused, and no table is printed", (args, told) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
  expect(stderr).toContain(told);
});

test("npm run bench:fleet reckons a fleet of yours: its day, hubs, way back, job and series", () => {
  const args = ["--devices", "250000", "--tier", "S3", "--twin-changes", "2"];
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
  expect(status).toBe(0);
  // Two changes a day count three times each.
  expect(stdout).toContain("messages: 147.6");
  expect(stdout).toContain("1 × S3 with 1 units");
  expect(stdout).toContain("online 42 s, twins read 8 min, told 17 min");
  expect(stdout).toContain("a job to each: 83 min");
});

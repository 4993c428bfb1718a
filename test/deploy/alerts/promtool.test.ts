import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { HAS_PROMETHEUS } from "../../support/prometheus/prometheus.ts";
import { ruleFiles, testFiles } from "./support/rules.ts";

const promtool = async (...args: string[]): Promise<string> => {
  // It says on one what has failed, and on the other what has not.
  const told = await promisify(execFile)("promtool", args).catch((error) => error);
  return `${told.stdout}${told.stderr}`;
};

const noPrometheus = !HAS_PROMETHEUS;
if (noPrometheus) process.stderr.write("skipped: no promtool, so the alerts' cases are not tried\n");

test.skipIf(noPrometheus)("Prometheus can read every rule", async () => {
  const told = await promtool("check", "rules", ...ruleFiles());
  expect(told).not.toContain("FAILED");
  expect(told.match(/SUCCESS/g)).toHaveLength(ruleFiles().length);
});

test.skipIf(noPrometheus)("every alert fires in the cases in which it must, and in no other", async () => {
  const told = await promtool("test", "rules", ...testFiles());
  expect(told).not.toContain("FAILED");
  expect(told.match(/SUCCESS/g)).toHaveLength(testFiles().length);
});

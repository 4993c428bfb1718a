import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const read = (file: string): string => readFileSync(path.resolve(import.meta.dirname, "../..", file), "utf8");

/** What docs/releasing.md has one change together, for a release whose tag is tried against package.json alone. */
test("package.json, the lock file and the image have one version", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  expect(JSON.parse(read("package-lock.json"))).toMatchObject({ version, packages: { "": { version } } });
  expect(/^ARG HUBHAND_VERSION=(.+)$/m.exec(read("Dockerfile"))?.[1]).toBe(version);
});

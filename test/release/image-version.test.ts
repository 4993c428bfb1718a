import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const cleanUp = cleanUpAfterEach();

const imageVersion = (folder: string): string | undefined =>
  /^ARG HUBHAND_VERSION=(.*)$/m.exec(readFileSync(path.join(folder, "Dockerfile"), "utf8"))?.[1];

test("the image is of the version that package.json has, and `npm version` keeps it so", async () => {
  const { version, scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
  expect(imageVersion(ROOT)).toBe(version);
  expect(scripts.version).toBe("node scripts/image-version.ts");
  const folder = await cleanUp.folder();
  cpSync(path.join(ROOT, "Dockerfile"), path.join(folder, "Dockerfile"));
  writeFileSync(path.join(folder, "package.json"), '{"version":"9.8.7-rc.1"}');
  execFileSync(process.execPath, [path.join(ROOT, "scripts/image-version.ts")], { cwd: folder });
  expect(imageVersion(folder)).toBe("9.8.7-rc.1");
});

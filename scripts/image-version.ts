/** `version` of npm: the image is to be of the version that package.json has just got, also where nobody says so to its build. */
import { readFileSync, writeFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const before = readFileSync("Dockerfile", "utf8");
const after = before.replace(/^ARG HUBHAND_VERSION=.*$/m, `ARG HUBHAND_VERSION=${version}`);
if (!after.includes(`HUBHAND_VERSION=${version}\n`)) throw new Error("Dockerfile has no ARG HUBHAND_VERSION");
writeFileSync("Dockerfile", after);

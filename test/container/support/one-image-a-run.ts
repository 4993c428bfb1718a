import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildImage, ownName } from "./build-image.ts";
import { eventually, run } from "./engine.ts";

const BUILD_LIMIT_MS = 300_000;

/** Set for all files of a run by `setup`: the name of the image, and of the folder in which they agree on who builds it. */
const VARIABLE = "CONTAINER_TEST_RUN";

function theRun() {
  const name = process.env[VARIABLE];
  if (name === undefined)
    throw new Error(`${VARIABLE} is not set: vitest.config.ts names the setup that does it`);
  const folder = path.join(tmpdir(), name);
  return { name, folder, claim: path.join(folder, "claim"), outcome: path.join(folder, "outcome") };
}

/** Before all tests of a run, in each project: the first counts. Builds nothing, as most runs want no image. */
export async function setup(): Promise<void> {
  process.env[VARIABLE] ??= ownName();
  await mkdir(theRun().folder, { recursive: true });
}

/** After all of them. */
export async function teardown(): Promise<void> {
  const { name, folder, claim } = theRun();
  if (existsSync(claim)) await run("docker", ["image", "rm", "--force", name]);
  await rm(folder, { recursive: true, force: true });
}

/** The image of this checkout. The first file of a run that wants it builds it, and the others wait: even a build out of the cache takes seconds. */
export async function imageOfRun(): Promise<string> {
  const { name, claim, outcome } = theRun();
  if (await isFirst(claim)) {
    const failure = await buildImage(name).then(
      () => "",
      (error) => String(error),
    );
    await writeFile(`${outcome}.new`, failure);
    await rename(`${outcome}.new`, outcome);
  }
  const failure = await eventually("the image is built", BUILD_LIMIT_MS, () => readFile(outcome, "utf8"));
  if (failure !== "") throw new Error(failure);
  return name;
}

const isFirst = (claim: string): Promise<boolean> =>
  mkdir(claim).then(
    () => true,
    () => false,
  );

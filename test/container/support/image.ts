import { randomBytes } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { docker, run } from "./engine.ts";
import { imageOfRun } from "./one-image-a-run.ts";

/**
 * The name of the image for the tests of a file, by which they may call containers and volumes as well; gone when they are
 * over. Call it once, at the top of what needs it.
 */
export function useImage(): string {
  const name = `${process.env.CONTAINER_TEST_NAME ?? "hubhand-test"}-${randomBytes(4).toString("hex")}`;

  beforeAll(async () => {
    await docker("tag", await imageOfRun(), name);
  }, 300_000);

  afterAll(async () => {
    await run("docker", ["image", "rm", "--force", name]);
  }, 60_000);
  return name;
}

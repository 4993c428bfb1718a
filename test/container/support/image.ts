import { randomBytes } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { docker, run } from "./engine.ts";

/** The name of the image that the tests of a file share; gone when they are over. Call it once, at the top of what needs it. */
export function useImage(): string {
  // Own names, so that it disturbs nothing else that runs on this engine.
  const name = `${process.env.CONTAINER_TEST_NAME ?? "hubhand-test"}-${randomBytes(4).toString("hex")}`;

  // The second file to build it takes the layers of the first.
  beforeAll(async () => {
    await docker("build", "--quiet", "--build-arg=HUBHAND_COMMIT=0123456789ab", `--tag=${name}`, ".");
  }, 300_000);

  afterAll(async () => {
    await run("docker", ["image", "rm", "--force", name]);
  }, 60_000);
  return name;
}

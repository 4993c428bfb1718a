import { afterAll, beforeAll } from "vitest";
import { buildImage, type ImageOptions, ownName } from "./build-image.ts";
import { docker, run } from "./engine.ts";
import { imageOfRun } from "./one-image-a-run.ts";

/**
 * The name of the image for the tests of a file, by which they may call containers and volumes as well; gone when they are
 * over. Call it once, at the top of what needs it.
 */
export function useImage(options?: ImageOptions): string {
  const name = ownName();

  beforeAll(async () => {
    // Another than the default one has its layers, too.
    const common = await imageOfRun();
    if (options === undefined) await docker("tag", common, name);
    else await buildImage(name, options);
  }, 300_000);

  afterAll(async () => {
    await run("docker", ["image", "rm", "--force", name]);
  }, 60_000);
  return name;
}

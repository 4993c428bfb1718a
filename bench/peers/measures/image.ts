import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compressedSizes } from "../../../scripts/image-size.ts";
import { NotHere, type OwnMeasure } from "./measure.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const TAGS = { image: "hubhand-bench", minimal: "hubhand-bench-minimal" } as const;

function build(target: readonly string[], tag: string): void {
  const { error, status, stderr } = spawnSync("docker", ["build", "--quiet", ...target, "--tag", tag, "."], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, DOCKER_BUILDKIT: "1" },
  });
  if (error !== undefined || status !== 0)
    throw new NotHere(`docker cannot build it: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
}

/** Where it is pulled: the sum of its layers, compressed. */
export const IMAGE: OwnMeasure = {
  name: "image",
  title: "The image",
  phase: "apart",
  isOnce: true,
  figures: () => [
    { key: "image.size", name: "pulled", unit: "MB" },
    { key: "image.minimal", name: "pulled, of the minimal one", unit: "MB" },
  ],
  async measure({ id }, _, { isThorough }) {
    if (id !== "hubhand") return {};
    if (!isThorough) throw new NotHere("it takes a minute");
    try {
      build([], TAGS.image);
      build(["--target=minimal"], TAGS.minimal);
      const [size = Number.NaN, minimal = Number.NaN] = await compressedSizes([TAGS.image, TAGS.minimal]);
      return { "image.size": size / 1e6, "image.minimal": minimal / 1e6 };
    } finally {
      spawnSync("docker", ["image", "rm", ...Object.values(TAGS)], { stdio: "ignore" });
    }
  },
};

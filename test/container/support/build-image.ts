import { randomBytes } from "node:crypto";
import { docker } from "./engine.ts";

export interface ImageOptions {
  /** A stage of the Dockerfile; the default image without one. */
  readonly target?: "minimal";
  /** Flags of `docker build`. */
  readonly flags?: readonly string[];
}

/** An own name, so that it disturbs nothing else that runs on this engine. */
export const ownName = (): string =>
  `${process.env.CONTAINER_TEST_NAME ?? "hubhand-test"}-${randomBytes(4).toString("hex")}`;

/** Builds the image as a user would. */
export async function buildImage(name: string, { target, flags = [] }: ImageOptions = {}): Promise<void> {
  const stage = target === undefined ? [] : [`--target=${target}`];
  const commit = "--build-arg=HUBHAND_COMMIT=0123456789ab";
  await docker("build", "--quiet", commit, ...stage, ...flags, `--tag=${name}`, ".");
}

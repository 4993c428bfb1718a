import { existsSync, renameSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const MANIFEST = path.join(ROOT, "package.json");

/** Where the checkout's own package.json lies while that of the package is in its place. */
export const KEPT = path.join(ROOT, "build/package.json");

/** Puts the checkout's own package.json back, if it is not there. */
export function putBack(): void {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}

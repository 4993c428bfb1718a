import { fileURLToPath } from "node:url";

// The sources lie in src/, the bundle with all its chunks in dist/: both one step below the package.
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** The folder of this package: a checkout, or where it was installed. */
export const PACKAGE_ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The executable (`main`), or what a plugin imports (`index`): as the source or the bundle that runs now. */
export const ownFile = (name: "main" | "index"): URL => new URL(`./${name}.${extension}`, import.meta.url);

import { fileURLToPath } from "node:url";

// The sources lie in src/, the bundle with all its chunks in dist/: both one step below the package.
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** The folder of this package: a checkout, or where it was installed. */
export const PACKAGE_ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Where each lies among the sources; in the bundle they lie beside each other, under these names. */
const SOURCES = {
  main: "main",
  index: "index",
  worker: "plugins/hosts/worker/entry",
  testing: "testing/index",
  "local-hub": "local-hub/index",
  register: "register",
} as const;

/**
 * The executable (`main`), what a plugin imports (`index`), what runs in a plugin's place (`worker`), what its tests
 * import, and what makes these known by their names (`register`): as the source or the bundle that runs now.
 */
export const ownFile = (name: keyof typeof SOURCES): URL =>
  new URL(`./${extension === "ts" ? SOURCES[name] : name}.${extension}`, import.meta.url);

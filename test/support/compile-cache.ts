import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * For processes that run our sources: Node keeps there what it has read of a file, without its types and compiled, so that
 * the next one starts in half the time (nodejs.org, "Module compile cache"). A file that has changed is read afresh.
 */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), "hubhand-compile-cache") };

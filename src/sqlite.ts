import { withoutExperimentalWarning } from "./without-experimental-warning.ts";

type Sqlite = typeof import("node:sqlite");

/**
 * Node's SQLite, loaded when it is first needed: who keeps nothing on disk does not pay for it. Node warns that it is
 * experimental, in versions up to 24 (its documentation, "Stability"); hubhand knows, and its users need not.
 */
export function loadSqlite(): Sqlite {
  return withoutExperimentalWarning(() => process.getBuiltinModule("node:sqlite"));
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";

export interface CleanUp {
  /** Runs after the test, the latest first. */
  add(undo: () => unknown): void;
  /** A folder of the test's own, gone afterwards. */
  folder(): Promise<string>;
}

/** What a test file's tests leave behind is taken away after each of them. Call it once, at the top of the file. */
export const cleanUpAfterEach = (): CleanUp => cleanUpIn(afterEach);

/** The same when all are over: for tests that share what is slow to start. Call it once, in the file or a `describe`. */
export const cleanUpAfterAll = (): CleanUp => cleanUpIn(afterAll);

function cleanUpIn(after: (undo: () => Promise<void>) => void): CleanUp {
  const undos: (() => unknown)[] = [];
  after(async () => {
    for (const undo of undos.splice(0).reverse()) await undo();
  });
  return {
    add: (undo) => undos.push(undo),
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), "hubhand-test-"));
      undos.push(() => rm(folder, { recursive: true, force: true }));
      return folder;
    },
  };
}

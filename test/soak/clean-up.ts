import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CleanUp } from "../support/clean-up.ts";

/** The tests' way to leave nothing behind, for a program: `run` undoes all of it, the latest first. */
export function createCleanUp(): CleanUp & { run(): Promise<void> } {
  const undos: (() => unknown)[] = [];
  return {
    add: (undo) => undos.push(undo),
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), "hubhand-soak-"));
      undos.push(() => rm(folder, { recursive: true, force: true }));
      return folder;
    },
    async run() {
      for (const undo of undos.splice(0).reverse()) await undo();
    },
  };
}

import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import type { StatementSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

interface DiskWrites {
  /** What this process has sent to the disk, by the kernel's account; 0 where it keeps none. */
  readonly kibibytes: number;
  /** How often the disk was made to write what it has. */
  readonly syncs: number;
  readonly transactions: number;
}

const file = await open(fileURLToPath(import.meta.url));
/** Its class is not exported. */
const FileHandle = Object.getPrototypeOf(file) as {
  datasync: () => Promise<void>;
  sync: () => Promise<void>;
};
await file.close();

/** Counts from now on. SQLite syncs nothing itself, and begins each transaction by a statement of its own. */
export function countDiskWrites(): {
  /** Resolves when the disk has nothing to do. */
  idle(): Promise<void>;
  stop(): DiskWrites;
} {
  const { StatementSync: statements } = process.getBuiltinModule("node:sqlite");
  const { datasync, sync } = FileHandle;
  const { run } = statements.prototype;
  const before = bytesWritten();
  let syncs = 0;
  let transactions = 0;
  let pending = 0;
  const counted = (real: () => Promise<void>) =>
    async function (this: unknown): Promise<void> {
      syncs += 1;
      pending += 1;
      try {
        await Reflect.apply(real, this, []);
      } finally {
        pending -= 1;
      }
    };
  FileHandle.datasync = counted(datasync);
  FileHandle.sync = counted(sync);
  statements.prototype.run = function (this: StatementSync, ...args: unknown[]) {
    if (this.sourceSQL === "COMMIT") transactions += 1;
    return Reflect.apply(run, this, args);
  } as typeof run;
  return {
    async idle() {
      // Between two of them lies less than a millisecond.
      for (let calm = 0; calm < 2; calm += 1) {
        if (pending > 0) calm = -1;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    stop() {
      Object.assign(FileHandle, { datasync, sync });
      statements.prototype.run = run;
      return { kibibytes: Math.round((bytesWritten() - before) / 1024), syncs, transactions };
    },
  };
}

function bytesWritten(): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // Not Linux.
  }
}

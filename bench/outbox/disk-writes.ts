import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
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
export function countDiskWrites(): { stop(): DiskWrites } {
  const { StatementSync } = process.getBuiltinModule("node:sqlite");
  const { datasync, sync } = FileHandle;
  const { run } = StatementSync.prototype;
  const before = bytesWritten();
  let syncs = 0;
  let transactions = 0;
  FileHandle.datasync = function (this: unknown) {
    syncs += 1;
    return Reflect.apply(datasync, this, []);
  };
  FileHandle.sync = function (this: unknown) {
    syncs += 1;
    return Reflect.apply(sync, this, []);
  };
  StatementSync.prototype.run = function (this: InstanceType<typeof StatementSync>, ...args: unknown[]) {
    if (this.sourceSQL === "COMMIT") transactions += 1;
    return Reflect.apply(run, this, args);
  } as typeof run;
  return {
    stop() {
      Object.assign(FileHandle, { datasync, sync });
      StatementSync.prototype.run = run;
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

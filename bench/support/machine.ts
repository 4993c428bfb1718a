import { cpus, release, totalmem } from "node:os";

/** What was measured on: without it figures say little. */
export interface Machine {
  readonly processor: string;
  readonly processors: number;
  /** GB, of 10^9 bytes. */
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  /** What was measured had a processor that nobody else of the bench had. */
  readonly isPinned: boolean;
}

export const machine = (isPinned: boolean): Machine => ({
  processor: cpus()[0]?.model.trim() ?? "unknown",
  // All: the bench itself may have moved to some of them.
  processors: cpus().length,
  memory: Math.round(totalmem() / 1e8) / 10,
  kernel: release(),
  node: process.version,
  isPinned,
});

/** In words, without how processors were shared out. */
export const machineInWords = ({ processors, processor, memory, kernel, node }: Machine): string =>
  `${processors} × ${processor}, ${memory} GB, Linux ${kernel}, Node ${node}`;

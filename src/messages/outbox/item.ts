import type { KeptMessage } from "./outbox.ts";

/** What the outbox knows of a message that it holds in memory, or has handed out. */
export interface Item {
  /** As it was handed over, or read. */
  message: KeptMessage;
  readonly size: number;
  /** `written`: its row may not survive a power cut yet. `disk`: it is safe. */
  where: "memory" | "written" | "disk";
  /** There may be a row, even if it has to be written once more. */
  hasRow: boolean;
  /** The object that was handed out, while it is. */
  takenAs: KeptMessage | undefined;
  /** Ends the promise of `add`; afterwards, and for what was read from disk, neither does anything. */
  readonly resolve: () => void;
  readonly reject: (why: Error) => void;
}

import type { ToPlugin } from "./protocol.ts";

/** A thread or a process that runs the code of one plugin, from its start to its end. */
export interface Vessel {
  post(message: ToPlugin): void;
  /** Resolves when it is there no more and its last message was heard, to why. Never rejects. */
  readonly ended: Promise<string>;
  /**
   * How many bytes it has taken since it was opened; undefined if it does not say now. Unless `exactly`, the last answer
   * may do if the process as a whole has not grown.
   */
  memory(options: { readonly exactly: boolean }): Promise<number | undefined>;
  /** Ends it and what it has started, by force. Resolves when it is gone, or when nothing more can be done for now. */
  end(why: string): Promise<void>;
}

export interface VesselOptions {
  /** The plugin's file. */
  readonly file: string;
  /** Whatever it sends: a plugin may have written it itself. */
  onMessage(message: unknown): void;
}

/** Opens one; resolves when it runs and is about to import the file. Rejects if it cannot be had. */
export type OpenVessel = (options: VesselOptions) => Promise<Vessel>;

import type { Readable } from "node:stream";
import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";

export interface SlowReaderOptions {
  /** Bytes; more has to wait, and so has whoever writes it. */
  readonly bytesASecond: number;
  onChunk(chunk: Buffer): void;
  readonly clock: Clock;
}

/** Reads no more in a second than it should: one that floods has to wait, and we have time for others. */
export function readSlowly(stream: Readable, { bytesASecond, onChunk, clock }: SlowReaderOptions): void {
  let since = clock.now();
  let read = 0;
  stream.on("data", (chunk: Buffer) => {
    onChunk(chunk);
    if (clock.now() - since > SECOND) {
      since = clock.now();
      read = 0;
    }
    read += chunk.length;
    if (read < bytesASecond) return;
    stream.pause();
    clock.setTimer(SECOND, () => stream.resume());
  });
}

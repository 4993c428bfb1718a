import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import { MEBIBYTE } from "../../sizes.ts";

/** A reply has 128 KiB at most; a longer line than this is a mistake, and is thrown away up to its end. */
const LONGEST_LINE = MEBIBYTE;
/** What is read in a second; one that says more has to wait. */
const LINES_A_SECOND = 20_000;
const CHARACTERS_A_SECOND = 8 * MEBIBYTE;
/** So many are handled in one go: others have their turn in between. */
const BATCH = 200;

export interface LinesOptions {
  onLine(line: string): void;
  /** A line was thrown away, as it was too long. */
  onTooLong(): void;
  /** Whoever hears the lines has no room for more until it resolves; undefined if there is room. */
  room?(): Promise<void> | undefined;
  readonly clock: Clock;
}

/**
 * Reads lines as fast as is good for everybody else: one that floods is held up by its own pipe.
 * @returns resolves when the last line was handled
 */
export function readLines(stream: Readable, { onLine, onTooLong, room, clock }: LinesOptions): Promise<void> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let isSkipping = false;
  let since = clock.now();
  let lines = 0;
  let characters = 0;

  function split(text: string): string[] {
    const parts = text.split("\n");
    parts[0] = rest + parts[0];
    rest = parts.pop() ?? "";
    if (isSkipping && parts.length > 0) {
      parts.shift();
      isSkipping = false;
    }
    if (rest.length > LONGEST_LINE || isSkipping) {
      if (!isSkipping) onTooLong();
      isSkipping = true;
      rest = "";
    }
    return parts;
  }

  function handle(waiting: string[]): void {
    for (const line of waiting.splice(0, BATCH)) if (line.trim() !== "") onLine(line.trimEnd());
    if (waiting.length > 0) setImmediate(() => handle(waiting));
    else goOn();
  }

  function goOn(): void {
    const wait = room?.();
    if (wait !== undefined) {
      void wait.then(goOn);
      return;
    }
    const passed = clock.now() - since;
    const isOver = lines > LINES_A_SECOND || characters > CHARACTERS_A_SECOND;
    if (isOver && passed < SECOND) clock.setTimer(SECOND - passed, goOn);
    else {
      if (passed >= SECOND) {
        since = clock.now();
        lines = 0;
        characters = 0;
      }
      stream.resume();
    }
  }

  stream.on("data", (chunk: Buffer) => {
    stream.pause();
    const text = decoder.write(chunk);
    const found = split(text);
    lines += found.length;
    characters += text.length;
    handle(found);
  });
  return new Promise((resolve) => stream.once("end", resolve).once("close", resolve));
}

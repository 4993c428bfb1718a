import { KIBIBYTE } from "../../sizes.ts";

const LEAST_ROOM = KIBIBYTE;
/** So many entries of lines that are gone stay in front of the others. */
const MOST_GONE = 256;

/** Lines, the first to come the first to go. */
export interface LineQueue {
  /** Of all lines in it. */
  readonly bytes: number;
  readonly count: number;
  /** @param number where it stands among the lines of other queues; higher than that of the line before */
  push(line: string, size: number, number: number): void;
  /** Takes out the oldest, and returns its size in bytes; 0 if there is none. */
  shift(): number;
  /** The lines from that number on. */
  from(number: number): { readonly text: string; readonly number: number }[];
}

/**
 * Keeps lines as bytes, out of V8's sight: a thousand texts that live for some seconds each are moved about with every
 * collection of garbage, and make V8 hold tens of megabytes for those that come.
 */
export function createLineQueue(): LineQueue {
  let room: Buffer = Buffer.allocUnsafeSlow(LEAST_ROOM);
  /** Where the oldest line begins, and where the latest ends. */
  let begin = 0;
  let end = 0;
  /** Of the first entries the lines are gone. */
  let gone = 0;
  let sizes: number[] = [];
  let numbers: number[] = [];

  function moveTo(place: Buffer): void {
    room.copy(place, 0, begin, end);
    room = place;
    end -= begin;
    begin = 0;
  }

  function makeRoom(size: number): void {
    if (end + size <= room.length) return;
    let length = room.length;
    while (length < (end - begin + size) * 1.25) length *= 2;
    moveTo(length === room.length ? room : Buffer.allocUnsafeSlow(length));
  }

  return {
    get bytes() {
      return end - begin;
    },
    get count() {
      return sizes.length - gone;
    },
    push(line, size, number) {
      makeRoom(size);
      room.write(line, end);
      end += size;
      sizes.push(size);
      numbers.push(number);
    },
    shift() {
      const size = sizes[gone];
      if (size === undefined) return 0;
      begin += size;
      gone += 1;
      if (gone > Math.max(MOST_GONE, sizes.length / 2)) {
        sizes = sizes.slice(gone);
        numbers = numbers.slice(gone);
        gone = 0;
      }
      if (room.length > Math.max(LEAST_ROOM, (end - begin) * 8))
        moveTo(Buffer.allocUnsafeSlow(room.length / 2));
      return size;
    },
    from(number) {
      const lines: { text: string; number: number }[] = [];
      let at = begin;
      for (let index = gone; index < sizes.length; index += 1) {
        const next = at + (sizes[index] ?? 0);
        const itsNumber = numbers[index] ?? 0;
        if (itsNumber >= number) lines.push({ text: room.toString("utf8", at, next), number: itsNumber });
        at = next;
      }
      return lines;
    },
  };
}

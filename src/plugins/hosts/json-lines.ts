import type { Writable } from "node:stream";

/**
 * Writes messages as lines of JSON. Those of one turn go out in one write: each would be a system call here, and wake whoever
 * reads.
 * @returns does nothing with one that has ended. Throws what cannot be written as JSON
 */
export function writeJsonLines<Message>(stream: Writable): (message: Message) => void {
  let isCorked = false;

  function uncork(): void {
    isCorked = false;
    stream.uncork();
  }

  return (message) => {
    if (!stream.writable) return;
    const line = `${JSON.stringify(message)}\n`;
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      process.nextTick(uncork);
    }
    stream.write(line);
  };
}

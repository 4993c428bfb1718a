import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { cut } from "../../cut.ts";

const LONGEST_LINE = 8_192;

/** Turns what is written to it into lines; long ones are cut, empty ones left out. */
export function lineWriter(onLine: (line: string) => void): Writable {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const lines = (rest + decoder.write(chunk)).split("\n");
      // A line without an end must not take up memory.
      rest = (lines.pop() ?? "").slice(0, LONGEST_LINE + 1);
      for (const line of lines) if (line.trim() !== "") onLine(cut(line, LONGEST_LINE));
      done();
    },
    final(done) {
      if (rest.trim() !== "") onLine(cut(rest, LONGEST_LINE));
      done();
    },
  });
}

import { expect, test } from "vitest";
import { createProgressLine } from "../../src/commands/progress-line.ts";

function progressOn({ isTerminal }: { isTerminal: boolean }) {
  const written: string[] = [];
  let now = 0;
  const progress = createProgressLine({
    isTerminal,
    writeError: (text) => void written.push(text),
    now: () => now,
  });
  return {
    progress,
    written,
    after: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test("on a terminal a bar stands in its place, and is taken away at the end", () => {
  const { progress, written } = progressOn({ isTerminal: true });
  progress.show({ done: 0, all: 0, words: "queued" });
  progress.show({ done: 6, all: 12, words: "" });
  progress.show({ done: 6, all: 12, words: "" });
  progress.show({ done: 12, all: 12, words: "1 failed" });
  progress.clear();
  expect(written).toEqual([
    "\r\u001b[K[........................] queued",
    "\r\u001b[K[############............] 6 of 12",
    "\r\u001b[K[########################] 12 of 12, 1 failed",
    "\r\u001b[K",
  ]);
});

test("elsewhere there is a line for what has changed, one in five seconds, and the last", () => {
  const { progress, written, after } = progressOn({ isTerminal: false });
  progress.show({ done: 1, all: 12, words: "" });
  progress.show({ done: 2, all: 12, words: "" });
  after(5_000);
  progress.show({ done: 2, all: 12, words: "" });
  progress.show({ done: 12, all: 12, words: "" });
  progress.clear();
  expect(written).toEqual(["1 of 12\n", "2 of 12\n", "12 of 12\n"]);
});

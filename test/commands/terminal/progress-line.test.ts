import { expect, test } from "vitest";
import { createProgressLine } from "../../../src/commands/terminal/progress-line.ts";

function progressOn({ isTerminal, columns = 80 }: { isTerminal: boolean; columns?: number }) {
  const written: string[] = [];
  let now = 0;
  const progress = createProgressLine({
    isTerminal,
    columns: () => columns,
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

test("a narrow terminal has no room for the bar, and of the words for their beginning", () => {
  const { progress, written } = progressOn({ isTerminal: true, columns: 30 });
  progress.show({ done: 6, all: 12, words: "3 failed" });
  progress.show({ done: 6, all: 12, words: "3 under way, 1 failed" });
  expect(written).toEqual(["\r\u001b[K6 of 12, 3 failed", "\r\u001b[K6 of 12, 3 under way, 1 fail…"]);
});

test("the bar makes way for a line that is told, and comes back", () => {
  const { progress, written } = progressOn({ isTerminal: true });
  progress.tell("Before it.\n");
  progress.show({ done: 6, all: 12, words: "" });
  progress.tell("The hub is at its limit.\n");
  expect(written.join("").replaceAll("\r\u001b[K", "<")).toBe(
    "Before it.\n<[############............] 6 of 12<The hub is at its limit.\n<[############............] 6 of 12",
  );
});

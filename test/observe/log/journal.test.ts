import { closeSync, fstatSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { isJournal, withPriorities } from "../../../src/observe/log/journal.ts";

it("each line begins with its priority, as journald wants it", () => {
  const lines: string[] = [];
  const { write } = withPriorities({ write: (line) => lines.push(line) });
  for (const level of ["fatal", "error", "warn", "info", "debug", "trace"])
    write(`{"level":"${level}","level2":"fatal"}\n`);
  write("no line of ours\n");
  expect(lines.map((line) => line.slice(0, 3))).toEqual(["<2>", "<3>", "<4>", "<6>", "<7>", "<7>", "<6>"]);
  expect(lines[0]).toBe('<2>{"level":"fatal","level2":"fatal"}\n');
});

it("an output that was led elsewhere is not the journal, whatever the environment says", () => {
  const file = join(tmpdir(), `hubhand-journal-${process.pid}`);
  const descriptor = openSync(file, "w");
  onTestFinished(() => {
    closeSync(descriptor);
    rmSync(file);
  });
  const { dev, ino } = fstatSync(descriptor);
  expect(isJournal(`${dev}:${ino}`, descriptor)).toBe(true);
  expect(isJournal(`${dev}:${ino}1`, descriptor)).toBe(false);
  expect(isJournal("", descriptor)).toBe(false);
  expect(isJournal(`${dev}:${ino}`, 9_999)).toBe(false);
});

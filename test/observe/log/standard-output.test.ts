import { spawnSync } from "node:child_process";
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { forAuthor } from "../../../src/events/logger.ts";
import { createLogger } from "../../../src/observe/log/logger.ts";
import { lineStream } from "../../../src/observe/log/standard-output.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

/** An output whose reader may stall; `writes` is what it was given at once. */
function open() {
  const clock = createFakeClock();
  const writes: string[] = [];
  let isStalled = false;
  let release = (): void => {};
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      writes.push(chunk);
      if (isStalled) release = done;
      else done();
    },
  });
  const stall = (stalled: boolean): void => {
    isStalled = stalled;
    if (!stalled) release();
  };
  let dropped = 0;
  const stream = lineStream({ output, clock, onDropped: () => (dropped += 1) });
  const flushed = () => new Promise<void>((resolve) => stream.flush?.(resolve));
  return { stream, writes, clock, output, stall, flushed, dropped: () => dropped };
}

it("a line after a pause is written at once; what follows within 10 ms is written together", () => {
  const { stream, writes, clock } = open();
  stream.write("1\n");
  expect(writes).toEqual(["1\n"]);
  stream.write("2\n");
  stream.write("3\n");
  expect(writes).toHaveLength(1);
  clock.advance(10);
  expect(writes).toEqual(["1\n", "2\n3\n"]);
  stream.write("4\n");
  clock.advance(10);
  expect(writes.slice(2)).toEqual(["4\n"]);
  clock.advance(10);
  stream.write("5\n");
  expect(writes.at(-1)).toBe("5\n");
});

it("16 KiB are not kept waiting", () => {
  const { stream, writes } = open();
  stream.write("first\n");
  for (let line = 0; line < 10; line += 1) stream.write("x".repeat(4 * 1024));
  expect(writes.join("").length).toBeGreaterThan(24 * 1024);
  expect(writes.length).toBeLessThan(5);
});

it.each(["info", "warn", "error", "fatal"] as const)(
  "what %s says of a plugin's or of trouble does not wait",
  async (level) => {
    const { stream, writes } = open();
    const logger = await createLogger({ level: "info", format: "json", destination: stream });
    logger.info("first");
    logger.info("gathered");
    expect(writes).toHaveLength(1);
    (level === "info" ? forAuthor(logger) : logger)[level]("urgent");
    expect(writes[1]).toMatch(/gathered.*\n.*urgent/);
  },
);

it("a reader that stalls stalls nothing; what is too much is dropped, and told once it reads again", async () => {
  const { stream, writes, output, stall, flushed, dropped } = open();
  stall(true);
  for (let n = 0; n < 30; n += 1) stream.write(`${n} ${"x".repeat(64 * 1024)}\n`);
  expect(writes).toHaveLength(1);
  expect(output.writableLength).toBeLessThan(128 * 1024);
  expect(dropped()).toBeGreaterThan(10);
  stall(false);
  await flushed();
  stream.write("after\n");
  await flushed();
  const lines = writes.join("").split("\n");
  expect(lines).toContain("after");
  const told = lines.find((line) => line.includes("dropped"));
  expect(JSON.parse(told ?? "{}")).toMatchObject({ level: "warn", event: "log.dropped", dropped: dropped() });
  expect(lines.filter((line) => /^\d+ x/.test(line))).toHaveLength(30 - dropped());
});

it("what was dropped is told when the log ends, though no line follows", async () => {
  const { stream, writes, stall, flushed, dropped } = open();
  stall(true);
  for (let n = 0; n < 30; n += 1) stream.write(`${n} ${"x".repeat(64 * 1024)}\n`);
  const end = flushed();
  stall(false);
  await end;
  const last = writes.join("").trimEnd().split("\n").at(-1) ?? "";
  expect(JSON.parse(last)).toMatchObject({ event: "log.dropped", dropped: dropped() });
});

it("once a reader that stalled reads again, it gets what waited, though nothing more is logged", async () => {
  const { stream, writes, stall, output } = open();
  stall(true);
  stream.write("1\n");
  stream.write("2\n");
  stall(false);
  await new Promise((resolve) => output.once("drain", resolve).write("", resolve));
  expect(writes.join("")).toBe("1\n2\n");
});

it.each(["process.exit(3)", "throw new Error('nobody caught it')", ""])(
  "a process that ends loses nothing: %s",
  (end) => {
    const module = JSON.stringify(
      new URL("../../../src/observe/log/standard-output.ts", import.meta.url).href,
    );
    const script = `
      const { lineStream } = await import(${module});
      const lines = lineStream();
      for (let n = 1; n <= 100; n += 1) lines.write("line " + n + "\\n");
      ${end}`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect(stdout.match(/line \d+/g)).toHaveLength(100);
  },
);

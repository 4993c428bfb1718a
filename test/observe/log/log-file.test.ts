import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openLogFile } from "../../../src/observe/log/log-file.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const DELAY = 30_000;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "hubhand-log-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function scene(options: { path?: string; maxSize?: number; keep?: number } = {}) {
  const clock = createFakeClock();
  const path = options.path ?? join(folder(), "hubhand.log");
  let dropped = 0;
  const onDropped = (lines: number): void => {
    dropped += lines;
  };
  const file = openLogFile({
    path,
    maxSize: 1 << 20,
    keep: 3,
    writeDelay: DELAY,
    clock,
    onDropped,
    ...options,
  });
  onTestFinished(() => file.close());
  const book = await createLogBook({ file, clock, secrets: ["correct horse battery"] });
  const inFile = (name = path) => readFileSync(name, "utf8");
  return { ...book, clock, path, file, inFile, dropped: () => dropped };
}

const numbersIn = (text: string): number[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(JSON.parse(line).n));

it("lines wait for the delay, and are written together; the file is its owner's only", async () => {
  const { logger, clock, path, inFile, file } = await scene();
  logger.info({ n: 1 });
  clock.advance(DELAY - 1);
  logger.info({ n: 2 });
  await file.flush();
  expect(numbersIn(inFile())).toEqual([1, 2]);
  logger.info({ n: 3 });
  clock.advance(DELAY - 1);
  expect(numbersIn(inFile())).toEqual([1, 2]);
  clock.advance(1);
  await waitUntil("the lines are there", () => numbersIn(inFile()).length === 3);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("an error is written at once, with all before it; no secret is", async () => {
  const { logger, inFile } = await scene();
  logger.info({ n: 1 }, "with correct horse battery");
  logger.error({ n: 2 });
  await waitUntil("the lines are there", () => numbersIn(inFile()).length === 2);
  expect(inFile()).toContain("with [secret]");
});

it("a full file is renamed, and the oldest goes; none is larger than it may be, and no line is lost between them", async () => {
  const { logger, path, inFile, file } = await scene({ maxSize: 2_000, keep: 3 });
  for (let n = 0; n < 120; n += 1) {
    logger.info({ n });
    if (n % 7 === 0) await file.flush();
  }
  await file.flush();
  const names = [`${path}.3`, `${path}.2`, `${path}.1`, path];
  expect(readdirSync(join(path, ".."))).toHaveLength(4);
  for (const name of names) expect(statSync(name).size).toBeLessThanOrEqual(2_000);
  const numbers = names.flatMap((name) => numbersIn(inFile(name)));
  expect(numbers).toEqual(Array.from(numbers, (_, at) => 120 - numbers.length + at));
});

it("lines of an earlier run stay; one that a power cut tore off does not spoil the next", async () => {
  const path = join(folder(), "hubhand.log");
  writeFileSync(path, '{"n":1}\n{"n":', { mode: 0o644 });
  const { logger, inFile, file } = await scene({ path });
  logger.info({ n: 2 });
  await file.flush();
  const texts = inFile().split("\n");
  expect(texts.slice(0, 2)).toEqual(['{"n":1}', '{"n":']);
  expect(JSON.parse(texts[2] ?? "")).toMatchObject({ n: 2 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("a run that was killed between two renames leaves a gap, which the next renames pass over", async () => {
  const path = join(folder(), "hubhand.log");
  writeFileSync(`${path}.2`, '{"n":1}\n');
  const { logger, inFile, file } = await scene({ path, maxSize: 200, keep: 3 });
  logger.info({ n: 2, text: "x".repeat(100) });
  logger.info({ n: 3, text: "x".repeat(100) });
  await file.flush();
  expect([`${path}.3`, `${path}.1`, path].flatMap((name) => numbersIn(inFile(name)))).toEqual([1, 2, 3]);
});

it("a file that another program moved away is begun anew", async () => {
  const { logger, path, inFile, file } = await scene();
  logger.info({ n: 1 });
  await file.flush();
  rmSync(path);
  logger.info({ n: 2 });
  await file.flush();
  expect(numbersIn(inFile())).toEqual([2]);
});

it("a disk that takes nothing is told once; it is tried again, and then it says how many lines it lacks", async () => {
  const { logger, path, clock, inFile, file, lines, dropped } = await scene();
  logger.info({ n: 1 });
  await file.flush();
  rmSync(path);
  mkdirSync(path);
  for (let round = 0; round < 3; round += 1) {
    logger.error({ n: 2 });
    await file.flush();
    clock.advance(DELAY);
  }
  for (let n = 0; n < 200; n += 1) logger.info({ text: "x".repeat(20_000) });
  await file.flush();
  expect(lines().filter((line) => line.event === "log.file-failed")).toHaveLength(1);
  expect(dropped()).toBeGreaterThan(100);
  rmSync(path, { recursive: true });
  await waitUntil("the file works again", () => {
    clock.advance(DELAY);
    return lines().some((line) => line.event === "log.file-works");
  });
  expect(lines().find((line) => line.event === "log.file-works")).toMatchObject({ dropped: dropped() });
  await file.flush();
  expect(Buffer.byteLength(inFile())).toBeLessThan(1.2e6);
});

it.each<[string, (path: string) => void, RegExp]>([
  ["a link", (path) => symlinkSync("/tmp/elsewhere", path), /it is a link/],
  ["a folder", (path) => mkdirSync(path), /it is a folder/],
])("%s in its place is refused at the start", (_, put, why) => {
  const path = join(folder(), "hubhand.log");
  put(path);
  expect(() => openLogFile({ path, maxSize: 1, keep: 1, writeDelay: 0, clock: createFakeClock() })).toThrow(
    why,
  );
});

it("a folder that is not there is refused at the start", () => {
  const path = join(folder(), "none", "hubhand.log");
  expect(() => openLogFile({ path, maxSize: 1, keep: 1, writeDelay: 0, clock: createFakeClock() })).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/its folder is not there/),
    }),
  );
});

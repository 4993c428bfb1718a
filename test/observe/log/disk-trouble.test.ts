import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openLogFile } from "../../../src/observe/log/log-file.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

/** A disk of 100 KiB, which only root may mount. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "hubhand-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=100k", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  return folder;
}

async function scene(folder: string) {
  const clock = createFakeClock();
  const path = join(folder, "hubhand.log");
  const file = openLogFile({ path, maxSize: 1 << 20, keep: 2, writeDelay: 1_000, clock });
  onTestFinished(() => file.close());
  const book = await createLogBook({ file, clock });
  const told = (event: string) => book.lines().filter((line) => line.event === event);
  const works = () =>
    waitUntil("the file works again", () => {
      clock.advance(30_000);
      return told("log.file-works").length > 0;
    });
  return { ...book, file, path, told, works };
}

it("a full disk has whole lines only; all that waited is there when there is room again", async (context) => {
  const disk = smallDisk();
  if (disk === undefined) return context.skip("only root may mount a disk");
  const { logger, file, path, told, works } = await scene(disk);
  for (let n = 0; n < 60; n += 1) {
    logger.info({ n, text: "x".repeat(3_000) });
    if (n % 10 === 9) await file.flush();
  }
  expect(told("log.file-failed")).toMatchObject([{ msg: expect.stringContaining("ENOSPC") }]);
  const parsed = () =>
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).n)
      .filter((n) => n !== undefined);
  expect(parsed().length).toBeGreaterThan(10);
  execFileSync("mount", ["-o", "remount,size=2m", disk]);
  await works();
  await file.flush();
  expect(parsed()).toEqual(Array.from({ length: 60 }, (_, n) => n));
});

it("a disk that becomes read-only is told once, and waited for", async (context) => {
  const disk = smallDisk();
  if (disk === undefined) return context.skip("only root may mount a disk");
  const { logger, file, path, told, works } = await scene(disk);
  logger.info("before");
  await file.flush();
  execFileSync("mount", ["-o", "remount,ro", disk]);
  for (let n = 0; n < 5; n += 1) {
    logger.error("meanwhile");
    await file.flush();
  }
  expect(told("log.file-failed")).toMatchObject([{ msg: expect.stringContaining("EROFS") }]);
  execFileSync("mount", ["-o", "remount,rw", disk]);
  await works();
  await file.flush();
  expect(readFileSync(path, "utf8").match(/meanwhile/g)).toHaveLength(5);
});

it("a folder that was deleted is waited for; whoever puts it back has the lines", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "hubhand-log-")), "logs");
  onTestFinished(() => rmSync(join(folder, ".."), { recursive: true, force: true }));
  mkdirSync(folder);
  const { logger, file, path, told, works } = await scene(folder);
  rmSync(folder, { recursive: true });
  logger.error("meanwhile");
  await file.flush();
  expect(told("log.file-failed")).toHaveLength(1);
  mkdirSync(folder);
  await works();
  await file.flush();
  expect(readFileSync(path, "utf8")).toContain("meanwhile");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["hubhand.log"]);
});

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { loadSqlite } from "../../../src/sqlite.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { addAll, errorsOf, foldersIn, message, sendAll } from "./support.ts";

const cleanUp = cleanUpAfterEach();
const { folderOf, open } = foldersIn(cleanUp);

const KIBIBYTE = 1024;
const isRoot = process.getuid?.() === 0;

/** A folder on a file system of its own. */
async function smallDisk(size: string): Promise<string | undefined> {
  const folder = await cleanUp.folder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  cleanUp.add(() => execFileSync("umount", ["-l", folder]));
  return folder;
}

const canMount = await (async () => {
  if (!isRoot) return false;
  try {
    execFileSync("unshare", ["-m", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!canMount)(
  "a full disk (only root may mount a small one): the outbox goes on in memory, says so, and comes back",
  async () => {
    const disk = await smallDisk("300k");
    if (disk === undefined) throw new Error("a disk could not be mounted, though another could");
    const clock = createFakeClock();
    const scene = await open(join(disk, "outbox"), { clock });
    const { outbox } = scene;
    const add = async (text: string) => {
      const added = outbox.add(
        message({
          text,
          body: Buffer.alloc(20 * KIBIBYTE, text),
          createdAt: clock.wallClock(),
          expiresAt: Infinity,
        }),
      );
      clock.advance(0);
      await added;
    };
    const names = Array.from({ length: 30 }, (_, index) => String.fromCharCode(65 + index));
    for (const name of names) await add(name);

    expect(outbox.status()).toMatchObject({
      messages: 30,
      onDisk: false,
      problem: expect.stringContaining("the disk is full"),
    });
    expect(errorsOf(scene).map(({ msg }) => msg)).toEqual([expect.stringContaining("kept in memory only")]);
    expect(await scene.metric("hubhand_outbox_on_disk")).toBe(0);

    // What is on the full disk can be read, and goes first.
    const [first] = outbox.take(1);
    expect(first?.messageId).toBe("A");
    if (first) outbox.delivered(first);

    execFileSync("mount", ["-o", "remount,size=4m", disk]);
    clock.advance(300_000);
    await waitUntil("the disk takes messages again", () => outbox.status().onDisk);
    expect(await scene.metric("hubhand_outbox_on_disk")).toBe(1);
    await outbox.close();
    const again = await open(join(disk, "outbox"), { clock });
    expect(sendAll(again.outbox).map((text) => text[0])).toEqual(names.slice(1));
  },
);

test.skipIf(!canMount)(
  "a read-only disk (only root may mount one): the outbox goes on in memory, and says so",
  async () => {
    const disk = await smallDisk("4m");
    if (disk === undefined) throw new Error("a disk could not be mounted, though another could");
    const folder = join(disk, "outbox");
    const first = await open(folder);
    await addAll(first.outbox, ["1", "2"]);
    await first.outbox.close();
    execFileSync("mount", ["-o", "remount,ro", disk]);

    const scene = await open(folder);
    await addAll(scene.outbox, ["3"]);
    expect(scene.outbox.status().problem).toContain("read-only");
    expect(sendAll(scene.outbox)).toEqual(["3"]);
  },
);

test.each([
  ["a file in the place of the folder", (folder: string) => writeFileSync(folder, "")],
  [
    "a folder in the place of the file",
    (folder: string) => mkdirSync(join(folder, "outbox.db"), { recursive: true }),
  ],
])("%s: the outbox goes on in memory", async (_, spoil) => {
  const folder = await folderOf();
  spoil(folder);
  const scene = await open(folder);
  await addAll(scene.outbox, ["1", "2"]);

  expect(scene.outbox.status()).toMatchObject({
    messages: 2,
    onDisk: false,
    problem: expect.stringContaining("it must be a file"),
  });
  expect(errorsOf(scene)).toHaveLength(1);
  expect(sendAll(scene.outbox)).toEqual(["1", "2"]);
});

test.skipIf(isRoot)(
  "a folder without permission (root has every permission): the outbox goes on in memory",
  async () => {
    const folder = await folderOf();
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    cleanUp.add(() => chmodSync(folder, 0o700));
    const scene = await open(folder);
    await addAll(scene.outbox, ["1"]);
    expect(scene.outbox.status().problem).toContain("no permission");
  },
);

test("a disk that comes late: what it has goes before what is in memory, and both are sent once", async () => {
  const clock = createFakeClock();
  const folder = await folderOf();
  const first = await open(folder, { clock });
  const kept = addAll(first.outbox, ["1", "2", "3"]);
  clock.advance(0);
  await kept;
  await first.outbox.close();
  const hidden = `${folder}-hidden`;
  execFileSync("mv", [folder, hidden]);
  writeFileSync(folder, "");

  const scene = await open(folder, { clock });
  void addAll(scene.outbox, ["4", "5", "6"]);
  clock.advance(0);
  await waitUntil("it is told", () => !scene.outbox.status().onDisk);
  const [four] = scene.outbox.take(1);
  const told: unknown[] = [];
  scene.outbox.onWaiting((what) => told.push(what));
  rmSync(folder);
  execFileSync("mv", [hidden, folder]);
  clock.advance(5_000);
  await waitUntil("the disk is there", () => scene.outbox.status().onDisk);

  expect(scene.outbox.status()).toMatchObject({ messages: 6 });
  expect(told).toContain("backlog");
  if (four) scene.outbox.delivered(four);
  expect(sendAll(scene.outbox)).toEqual(["1", "2", "3", "5", "6"]);
  await scene.outbox.close();
  expect((await open(folder)).outbox.waiting).toBe(0);
});

test("while the disk takes nothing, no more than 4 MiB is kept in memory", async () => {
  const folder = await folderOf();
  writeFileSync(folder, "");
  const scene = await open(folder);
  for (let index = 0; index < 50; index += 1)
    await scene.outbox.add(message({ text: String(index), body: Buffer.alloc(100 * KIBIBYTE) }));

  expect(scene.outbox.status()).toMatchObject({ messages: 40, bytes: 4_096_000 });
  expect(await scene.metric("hubhand_outbox_dropped_total", { reason: "full" })).toBe(10);
  expect(scene.outbox.take(1)[0]?.messageId).toBe("10");
});

test("no promise is kept before the disk has synced; a disk that does not answer is one that takes nothing, until it does", async () => {
  const clock = createFakeClock();
  const scene = await open(await folderOf(), { clock });
  const earlier = scene.outbox.add(message({ text: "0" }));
  clock.advance(0);
  await earlier;
  const answer = Promise.withResolvers<void>();
  const file = await openFile(fileURLToPath(import.meta.url));
  const disk = vi.spyOn(Object.getPrototypeOf(file), "datasync").mockReturnValue(answer.promise);
  await file.close();
  cleanUp.add(() => disk.mockRestore());
  const added = scene.outbox.add(message({ text: "1" }));
  clock.advance(0);
  let isKept = false;
  void added.then(() => {
    isKept = true;
  });
  await waitUntil("the disk is asked", () => disk.mock.calls.length > 0);
  expect(isKept).toBe(false);
  clock.advance(30_000);

  expect(scene.outbox.status().problem).toContain("does not answer");
  await added;
  await scene.outbox.add(message({ text: "2" }));
  answer.resolve();
  await waitUntil("it has answered", () => scene.outbox.status().onDisk);
  expect(sendAll(scene.outbox)).toEqual(["0", "1", "2"]);
});

test("what a disk has lost because it could not sync is written again", async () => {
  const clock = createFakeClock();
  const folder = await folderOf();
  const scene = await open(folder, { clock });
  const earlier = scene.outbox.add(message({ text: "0" }));
  clock.advance(0);
  await earlier;
  const file = await openFile(fileURLToPath(import.meta.url));
  const disk = vi.spyOn(Object.getPrototypeOf(file), "datasync").mockImplementationOnce(async () => {
    truncateSync(join(folder, "outbox.db-wal"));
    throw Object.assign(new Error("i/o error"), { code: "EIO" });
  });
  await file.close();
  cleanUp.add(() => disk.mockRestore());
  void addAll(scene.outbox, ["1"]);
  clock.advance(0);
  await waitUntil("the disk has failed", () => !scene.outbox.status().onDisk);
  clock.advance(5_000);
  await waitUntil("it takes messages again", () => scene.outbox.status().onDisk);
  await scene.outbox.close();

  expect(sendAll((await open(folder)).outbox)).toContain("1");
});

test("two on one folder: the second goes on in memory, says so, and takes over when the first is gone", async () => {
  const folder = await folderOf();
  const script = `
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const database = new DatabaseSync(process.argv[1]);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    console.log("locked");
    setInterval(() => {}, 1e6);`;
  const scene0 = await open(folder);
  await addAll(scene0.outbox, ["1"]);
  await scene0.outbox.close();
  const other = spawn(process.execPath, ["-e", script, join(folder, "outbox.db")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  cleanUp.add(() => other.kill("SIGKILL"));
  await once(other.stdout, "data");

  const clock = createFakeClock();
  const scene = await open(folder, { clock });
  expect(scene.outbox.status()).toMatchObject({
    messages: 0,
    onDisk: false,
    problem: expect.stringContaining("another hubhand uses it"),
  });
  void addAll(scene.outbox, ["2"]);
  other.kill("SIGKILL");
  await once(other, "exit");
  clock.advance(5_000);
  await waitUntil("the file is ours", () => scene.outbox.status().onDisk);
  expect(sendAll(scene.outbox)).toEqual(["1", "2"]);
});

test("a file of a later version is left alone", async () => {
  const folder = await folderOf();
  const first = await open(folder);
  await addAll(first.outbox, ["1"]);
  await first.outbox.close();
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(join(folder, "outbox.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  const before = readFileSync(join(folder, "outbox.db"));

  const scene = await open(folder);
  await addAll(scene.outbox, ["2"]);
  expect(scene.outbox.status()).toMatchObject({
    messages: 1,
    onDisk: false,
    problem: expect.stringContaining("a later version"),
  });
  await scene.outbox.close();
  expect(readFileSync(join(folder, "outbox.db")).equals(before)).toBe(true);
});

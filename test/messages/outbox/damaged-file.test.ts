import { randomUUID } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { addAll, errorsOf, foldersIn, openOutbox, sendAll } from "./support.ts";

const cleanUp = cleanUpAfterEach();
const { folderOf, open } = foldersIn(cleanUp);

/** A closed outbox of so many messages, of which some fill a page each. */
async function filled(folder: string, messages: number): Promise<string[]> {
  const { outbox } = await open(folder);
  const names = Array.from({ length: messages }, (_, index) => `${index}.${"x".repeat(2_000)}`);
  await addAll(outbox, names);
  await outbox.close();
  return names;
}

const asides = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".corrupt"));

test.each([
  ["garbage", (path: string) => writeFileSync(path, Buffer.alloc(100_000, "garbage ")), { atLeast: 0 }],
  ["cut off", (path: string) => truncateSync(path, 60_000), { atLeast: 5 }],
  [
    "with a page in the middle overwritten",
    (path: string) => overwrite(path, 40 * 4096, 4096),
    { atLeast: 50 },
  ],
  ["with its header overwritten", (path: string) => overwrite(path, 0, 100), { atLeast: 0 }],
])(
  "a file that is %s is moved aside, what can be read of it is saved, and a new one is begun",
  async (_, spoil, { atLeast }) => {
    const folder = await folderOf();
    const names = await filled(folder, 100);
    spoil(join(folder, "outbox.db"));

    const scene = await open(folder);
    await addAll(scene.outbox, ["new"]);
    expect(asides(folder)).toHaveLength(1);
    expect(errorsOf(scene)).toHaveLength(1);
    expect(scene.outbox.status()).toMatchObject({ onDisk: true });
    const sent = sendAll(scene.outbox);
    expect(sent.at(-1)).toBe("new");
    expect(sent.length).toBeGreaterThan(atLeast);
    expect(sent.slice(0, -1)).toEqual(names.filter((name) => sent.includes(name)));
    expect(scene.outbox.status()).toMatchObject({ messages: 0, bytes: 0 });
  },
);

function overwrite(path: string, from: number, length: number): void {
  const content = readFileSync(path);
  content.fill(0xa5, from, from + length);
  writeFileSync(path, content);
}

test("corruption that shows only while it runs loses neither what was handed out nor what is in memory", async () => {
  const folder = await folderOf();
  // More than what SQLite remembers of it.
  const names = await filled(folder, 1_000);
  const scene = await open(folder, { writeDelay: 100 });
  void addAll(scene.outbox, ["young"]);
  const taken = scene.outbox.take(3);
  // All but the first page; some of it SQLite still remembers.
  overwrite(join(folder, "outbox.db"), 4096, 1_000 * 4096);
  const found = sendAll(scene.outbox);
  scene.outbox.putBack();
  await waitUntil("the file is moved aside", () => asides(folder).length === 1);
  await addAll(scene.outbox, ["new"]);
  const sent = [...found, ...sendAll(scene.outbox)];

  expect(taken).toHaveLength(3);
  // What is in memory does not overtake what may be saved.
  expect(sent.slice(-2)).toEqual(["young", "new"]);
  expect(sent).toEqual(expect.arrayContaining(names.slice(0, 3)));
  expect(scene.outbox.status()).toMatchObject({ messages: 0, bytes: 0, onDisk: true });
  expect(await scene.metric("hubhand_outbox_dropped_total", { reason: "corrupt" })).toBe(
    1_002 - new Set(sent).size,
  );
});

test.each<[string, (folder: string) => void]>([
  ["its folder is removed", (folder) => rmSync(folder, { recursive: true })],
  ["its folder is moved away", (folder) => renameSync(folder, `${folder}-${randomUUID()}`)],
  ["its file is removed", (folder) => rmSync(join(folder, "outbox.db"))],
  ["its journal is removed", (folder) => rmSync(join(folder, "outbox.db-wal"))],
])(
  "%s under the running agent: what was promised before and after is kept nevertheless",
  async (_, remove) => {
    const folder = await folderOf();
    const first = await open(folder);
    await addAll(first.outbox, ["1", "2", "3"]);
    const [taken] = first.outbox.take(1);
    remove(folder);
    await addAll(first.outbox, ["4"]);
    if (taken !== undefined) first.outbox.delivered(taken);
    expect(errorsOf(first).map(({ msg }) => msg)).toEqual([
      expect.stringContaining("removed or moved away under the running agent"),
    ]);
    expect(first.outbox.status()).toMatchObject({ messages: 3, onDisk: true });
    remove(folder);
    await first.outbox.close();

    const next = await open(folder);
    expect(sendAll(next.outbox)).toEqual(["2", "3", "4"]);
    expect(readdirSync(folder).sort()).toEqual(["outbox.db", "outbox.db-wal"]);
  },
);

test("a folder that is removed and cannot be made again: what was in it is sent, and kept again when it can", async () => {
  const folder = await folderOf();
  const clock = createFakeClock();
  const { outbox } = await open(folder, { clock });
  const add = async (name: string) => {
    const added = addAll(outbox, [name]);
    clock.advance(0);
    await added;
  };
  await add("1");
  await add("2");
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  await add("3");
  expect(outbox.status()).toMatchObject({ messages: 3, onDisk: false });
  const [first] = outbox.take(1);
  expect(Buffer.from(first?.body ?? []).toString()).toBe("1");
  if (first !== undefined) outbox.delivered(first);
  rmSync(folder);
  clock.advance(5_000);
  await waitUntil("it is kept again", () => outbox.status().onDisk);
  await outbox.close();
  expect(sendAll((await open(folder)).outbox)).toEqual(["2", "3"]);
});

test("a journal that was damaged in the middle is told: some of what was promised is lost", async () => {
  const folder = await folderOf();
  const running = await open(folder);
  for (const name of ["1", "2", "3"]) await addAll(running.outbox, [name]);
  // As a kill leaves it.
  const whole = `${folder}-whole`;
  cpSync(folder, whole, { recursive: true });
  const torn = `${folder}-torn`;
  cpSync(folder, torn, { recursive: true });
  const damaged = `${folder}-damaged`;
  cpSync(folder, damaged, { recursive: true });
  const journal = join(damaged, "outbox.db-wal");
  const { size } = statSync(journal);
  const frame = 24 + 4096;
  overwrite(journal, size - frame - 8, 8);
  truncateSync(join(torn, "outbox.db-wal"), size - 100);

  for (const [place, sent, errors] of [
    [whole, ["1", "2", "3"], []],
    [torn, ["1", "2"], []],
    [damaged, ["1"], [expect.stringContaining("journal that an earlier run has left is not whole")]],
  ] as const) {
    const scene = await open(place);
    expect(sendAll(scene.outbox)).toEqual(sent);
    expect(errorsOf(scene).map(({ msg }) => msg)).toEqual(errors);
  }
  expect(asides(damaged)).toHaveLength(1);
});

test("an agent that is killed while it saves a corrupt file goes on with it at the next start", async () => {
  const folder = await folderOf();
  const names = await filled(folder, 100);
  overwrite(join(folder, "outbox.db"), 40 * 4096, 4096);
  renameSync(join(folder, "outbox.db"), join(folder, "outbox.db.2026-01-01T00-00-00-000Z.saving"));

  const { outbox } = await open(folder);
  const sent = sendAll(outbox);
  expect(sent.length).toBeGreaterThan(50);
  expect(sent).toEqual(names.filter((name) => sent.includes(name)));
  expect(asides(folder)).toHaveLength(1);
});

test("a message of which the disk gives back other bits is not sent", async () => {
  const folder = await folderOf();
  const { outbox } = await open(folder);
  await addAll(outbox, ["1", "the second", "3"]);
  await outbox.close();
  const path = join(folder, "outbox.db");
  overwrite(path, readFileSync(path).lastIndexOf("the second"), 1);

  const scene = await open(folder);
  expect(sendAll(scene.outbox)).toEqual(["1", "3"]);
  expect(scene.outbox.status()).toMatchObject({ messages: 0, bytes: 0 });
  expect(await scene.metric("hubhand_outbox_dropped_total", { reason: "corrupt" })).toBe(1);
});

test("no more than three corrupt files are kept", async () => {
  const folder = await folderOf();
  mkdirSync(folder);
  for (let index = 0; index < 5; index += 1) {
    writeFileSync(join(folder, "outbox.db"), `garbage ${index}`.repeat(1_000));
    const { outbox } = await openOutbox(folder);
    await outbox.close();
    await new Promise((resolve) => setTimeout(resolve, 2)); // Their names are their times.
  }
  expect(asides(folder).map((name) => readFileSync(join(folder, name), "utf8").slice(0, 9))).toEqual([
    "garbage 2",
    "garbage 3",
    "garbage 4",
  ]);
  expect(existsSync(join(folder, "outbox.db"))).toBe(true);
});

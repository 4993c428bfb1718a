import { chmod, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "../../src/files/make-folder.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

it("is made with those above it, for whom the mode says; again it is left as it is", async () => {
  const root = await cleanUp.folder();
  const folder = join(root, "a", "b");
  await makeFolder(folder, { mode: 0o700 });
  expect(await modeOf(join(root, "a"))).toBe(0o700);
  expect(await modeOf(folder)).toBe(0o700);
  await chmod(folder, 0o750);
  await makeFolder(folder, { mode: 0o700 });
  expect(await modeOf(folder)).toBe(0o750);
});

it("is made once by many at a time", async () => {
  const folder = join(await cleanUp.folder(), "a", "b", "c");
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(folder)));
  expect((await stat(folder)).isDirectory()).toBe(true);
});

it("is refused where a file has its place, or that of one above it", async () => {
  const file = join(await cleanUp.folder(), "file");
  await writeFile(file, "");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(file, "a", "b"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

it.runIf(process.platform === "linux").each(["/proc/x", "/proc/self/x/y"])(
  "is refused where none can be made, and does not keep a thread for ever: %s",
  async (path) => {
    await expect(makeFolder(path)).rejects.toMatchObject({
      code: "ENOENT",
      message: expect.stringMatching(/^no folder can be made in \/proc/),
    });
  },
);

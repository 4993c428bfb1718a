import { execFileSync } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileTooLarge, readRegularFile, readRegularFileSync } from "../../src/files/regular-file.ts";
import { whyUnreadable } from "../../src/files/unreadable.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const READERS = [
  { name: "in the background", read: readRegularFile },
  { name: "at the start", read: async (path: string) => readRegularFileSync(path) },
];

describe.each(READERS)("a file that is read $name", ({ read }) => {
  const why = async (path: string): Promise<string> =>
    read(path).then((text) => `it holds ${text}`, whyUnreadable);

  it("is read whole, by a link too", async () => {
    const folder = await cleanUp.folder();
    await writeFile(join(folder, "key"), "grüße\n");
    await symlink("key", join(folder, "link"));
    expect(await read(join(folder, "link"))).toBe("grüße\n");
  });

  it("is refused at once where it is a pipe that nobody writes into", async () => {
    const path = join(await cleanUp.folder(), "pipe");
    execFileSync("mkfifo", [path]);
    expect(await why(path)).toBe("it is not a file");
  });

  it("is refused where it is a device without end, a socket, a folder, or not there", async () => {
    const folder = await cleanUp.folder();
    const socket = join(folder, "socket");
    const server = createServer();
    cleanUp.add(() => server.close());
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    expect(await why("/dev/zero")).toBe("it is not a file");
    expect(await why(socket)).toBe("it is not a file");
    expect(await why(folder)).toBe("it is a folder");
    expect(await why(join(folder, "none"))).toBe("it does not exist");
  });
});

it.runIf(process.platform === "linux")(
  "a file that the kernel makes up while it is read is read to the limit only",
  async () => {
    await expect(readRegularFile("/proc/self/maps", { maxBytes: 100 })).rejects.toThrow(FileTooLarge);
    expect(await readRegularFile("/proc/self/comm", { maxBytes: 100 })).toMatch(/^\S+/);
  },
);

import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { checkProcessor } from "../../../src/plugins/hosts/child/processor.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { openPluginFolder, SHELL } from "../folder.ts";

const cleanUp = cleanUpAfterEach();
const S390X = 22;
const emulators = await readdir("/proc/sys/fs/binfmt_misc").catch(() => []);
const hasEmulators = emulators.some((name) => !["register", "status"].includes(name));
if (hasEmulators)
  process.stderr.write("SKIPPED: this machine runs programs of other processors by emulators\n");

/** This machine's `true`, but for the field that says what it was built for. */
async function foreignProgram(file: string): Promise<void> {
  const program = await readFile("/bin/true");
  program.writeUInt16LE(S390X, 18);
  await writeFile(file, program);
  await chmod(file, 0o755);
}

it.skipIf(hasEmulators).each([
  ["executable", ""],
  ["daemon", "mode: daemon\n"],
])("a plugin (%s) that was built for another processor is broken, and no shell gets it", async (_, mode) => {
  const { status } = await openPluginFolder(
    cleanUp,
    { "x.plugin.yaml": `command: ./x\n${mode}methods: { x: {} }` },
    { prepare: (directory) => foreignProgram(path.join(directory, "x")) },
  );
  const { up, problem } = status("x") ?? {};
  expect(up).toBe(false);
  expect(problem).toMatch(/x was built for another processor \(s390x\); this one is \w+: build it for that$/);
});

it.skipIf(hasEmulators)(
  "one for a sister of this processor, one that is a script and one that is gone are left to the system",
  async () => {
    const folder = await cleanUp.folder();
    const script = path.join(folder, "script");
    await writeFile(script, SHELL);
    for (const program of [script, path.join(folder, "gone"), "/bin/true"])
      await expect(checkProcessor(program)).resolves.toBeUndefined();
    await expect(
      checkProcessor("/bin/true", process.arch === "x64" ? "ia32" : "arm"),
    ).resolves.toBeUndefined();
    await expect(checkProcessor("/bin/true", "riscv64")).rejects.toThrow("this one is riscv64");
  },
);

import { open, readdir } from "node:fs/promises";
import { invalidPlugin } from "../../check-outline.ts";

/** `e_machine` of elf(5), and what Node calls it. One processor of a family runs the programs of the others there, often. */
const FAMILIES: readonly Readonly<Record<number, string>>[] = [
  { 3: "ia32", 62: "x64" },
  { 40: "arm", 183: "arm64" },
  { 243: "riscv64" },
  { 258: "loong64" },
  { 21: "ppc64" },
  { 22: "s390x" },
];
/** Where the system says what it runs by an emulator (Linux, Documentation/admin-guide/binfmt-misc). */
const EMULATORS = "/proc/sys/fs/binfmt_misc";

/**
 * Refuses a program that was built for another processor. The system does so too, but the C library then takes the
 * program for a script, and gives it to a shell (execvp(3), ENOEXEC). What is no ELF file, or cannot be read, passes.
 * @throws HubhandError PLUGIN_INVALID
 */
export async function checkProcessor(program: string, arch: string = process.arch): Promise<void> {
  const machine = await machineOf(program);
  const own = FAMILIES.find((family) => Object.values(family).includes(arch));
  if (machine === undefined || own === undefined || machine in own || (await hasEmulator())) return;
  const built = FAMILIES.find((family) => machine in family)?.[machine] ?? `machine ${machine} of ELF`;
  throw invalidPlugin(
    `${program} was built for another processor (${built}); this one is ${arch}: build it for that`,
  );
}

async function machineOf(program: string): Promise<number | undefined> {
  const file = await open(program, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
    if (bytesRead < 20 || buffer.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
    return buffer[5] === 2 ? buffer.readUInt16BE(18) : buffer.readUInt16LE(18);
  } finally {
    await file.close();
  }
}

async function hasEmulator(): Promise<boolean> {
  const names = await readdir(EMULATORS).catch(() => []);
  return names.some((name) => name !== "register" && name !== "status");
}

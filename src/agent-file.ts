import {
  accessSync,
  closeSync,
  existsSync,
  constants as fileSystem,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";
import { crc32 } from "node:zlib";

import { keepLittleMemory } from "./commands/process/little-memory.ts";

import { AT_ONCE } from "./files/regular-file.ts";
import { MEBIBYTE } from "./sizes.ts";

import { withoutExperimentalWarning } from "./without-experimental-warning.ts";

type Program = typeof import("./commands/run-program.ts");
type Evaluate = (require: NodeJS.Require, filename: string) => Program;

/** The agent of the bundle, as V8 has it. */
export interface AgentFile extends Program {
  /** Whether V8 took what it had compiled earlier. */
  readonly isWarm: boolean;
  /** Keeps what V8 has compiled by now for the next start. Does nothing where nothing may be written. */
  keepCompiled(): void;
}

/** What it imports is what a module would get. */
const LIKE_A_MODULE = { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };

/** Long after an agent is online: it takes the processor for some tens of milliseconds, once for all starts. */
const KEPT_AFTER_MS = 20_000;

/**
 * Loads `dist/agent.cjs`: all that the verb `run` is made of, in one file (scripts/build.ts), with what V8 made of it when
 * it last ran (`agent-ARCHITECTURE.cache`). Reading a hundred modules and compiling them is most of a start otherwise.
 *
 * V8's flags are set before, as it takes nothing that was compiled under others.
 *
 * The cache lies beside the file and nowhere else. It is code: whoever may write it could as well write the file.
 * @returns undefined where there is no such file: among the sources
 */
export function loadAgent(folder = new URL("./", import.meta.url)): AgentFile | undefined {
  keepLittleMemory();
  const file = fileURLToPath(new URL("agent.cjs", folder));
  if (!existsSync(file)) return undefined;
  const kept = fileURLToPath(new URL(`agent-${process.arch}.cache`, folder));
  const source = readFileSync(file, "latin1"); // esbuild writes ASCII
  const cachedData = readKept(kept, source);
  const script = new Script(source, {
    filename: file,
    ...LIKE_A_MODULE,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  // Node warns with the first import that this is experimental. Where it goes wrong, a test says so.
  withoutExperimentalWarning(() => new Script('import("node:vm")', LIKE_A_MODULE).runInThisContext());
  const program = (script.runInThisContext() as Evaluate)(createRequire(file), file);
  const isWarm = cachedData !== undefined && script.cachedDataRejected === false;
  const keepCompiled = (): void => keep(kept, source, () => script.createCachedData());
  if (!isWarm) setTimeout(keepCompiled, KEPT_AFTER_MS).unref();
  return { runProgram: program.runProgram, isWarm, keepCompiled };
}

/** Before the data: what it was made by, and that neither it nor the source is another than it was. */
const HEAD_BYTES = 64;
/** Ten times what it has: what is larger is none of ours, and reading it would cost more than it spares. */
const MOST_KEPT_BYTES = 32 * MEBIBYTE;

/** V8 looks at its own version, its flags and the source's length, and not whether a card has turned a bit. */
const headOf = (source: string, data: Uint8Array): string =>
  `${process.version} ${process.versions.v8} ${crc32(source)} ${crc32(data)}`.padEnd(HEAD_BYTES);

function readKept(kept: string, source: string): Buffer | undefined {
  try {
    const bytes = readSmall(kept);
    const data = bytes.subarray(HEAD_BYTES);
    return bytes.toString("latin1", 0, HEAD_BYTES) === headOf(source, data) ? data : undefined;
  } catch {
    return undefined; // There is none.
  }
}

/** What stands there may be no file, or one without end: a start must not wait for it. */
function readSmall(kept: string): Buffer {
  const file = openSync(kept, AT_ONCE);
  try {
    const found = fstatSync(file);
    return found.isFile() && found.size <= MOST_KEPT_BYTES ? readFileSync(file) : Buffer.alloc(0);
  } finally {
    closeSync(file);
  }
}

/**
 * Never throws: not ours to write, as in an image, or no room left, means that the next start compiles again. The draft has
 * one name, so that power cuts do not fill the card with them; of what two agents write into it at once the head tells that
 * it is broken.
 */
function keep(kept: string, source: string, compiled: () => Buffer): void {
  const draft = `${kept}.new`;
  try {
    accessSync(path.dirname(kept), fileSystem.W_OK);
    const data = compiled();
    writeFileSync(draft, Buffer.concat([Buffer.from(headOf(source, data), "latin1"), data]), { mode: 0o644 });
    renameSync(draft, kept);
  } catch {
    ignoreFailure(() => rmSync(draft, { force: true }));
  }
}

function ignoreFailure(work: () => void): void {
  try {
    work();
  } catch {
    // As it says.
  }
}

import path from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { apart } from "./apart.ts";
import { type Chunks, chunksOf, scriptOf } from "./chunks.ts";
import { LATER, laterFiles } from "./later.ts";
import { writeWithShortNames } from "./short-names.ts";

export interface AgentOptions extends BuildOptions {
  readonly metafile: true;
  readonly outdir: string;
  readonly absWorkingDir: string;
  readonly define: Record<string, string>;
  /** Packages that have files of their own beside the agent, and the names of these. */
  readonly apart: Readonly<Record<string, string>>;
}

type Outputs = Metafile["outputs"];
type Inputs = Outputs[string]["inputs"];

/** What `src/agent-file.ts` calls; a part asks for what it shares with the agent, or another part, by its file's name. */
const AGENT_BANNER = `(function (require, __filename) {
const module = { exports: {} }, importMetaUrl = require("node:url").pathToFileURL(__filename).href, parts = {};
const partOf = (file) => (parts[file] ??= require(file)(require, __filename, partOf));`;
const PART_BANNER = `module.exports = (function (require, __filename, partOf) {
const module = { exports: {} }, importMetaUrl = require("node:url").pathToFileURL(__filename).href;`;
const FOOTER = "return module.exports;})";

/**
 * The verb `run` once more, as one script that V8 can keep compiled (src/agent-file.ts): to find, link and compile a hundred
 * modules takes a device longer than to run them. What it imports only when it is asked for (`await import`) are parts, in
 * files of their own, which a start neither reads nor keeps.
 *
 * esbuild splits modules only, and so it goes twice over them: it splits, and then makes scripts of what it has split.
 */
export async function bundleAgent({ apart: packages, ...options }: AgentOptions): Promise<Metafile> {
  const { plugins = [], outdir } = options;
  const split = await build({
    ...options,
    define: { ...options.define, "import.meta.url": "importMetaUrl" },
    splitting: true,
    write: false,
    sourcemap: "inline",
    entryPoints: { agent: "src/commands/run-program.ts" },
    chunkNames: "agent-[name]-[hash]",
    plugins: [apart(packages), LATER, ...plugins],
  });
  const chunks = chunksOf(split.metafile, split.outputFiles, outdir);
  const script = {
    ...options,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    write: false,
  } as const;
  const agent = await build({
    ...script,
    stdin: { contents: mainOf(chunks), resolveDir: outdir, sourcefile: "agent.js" },
    entryNames: "agent",
    ...{ banner: { js: AGENT_BANNER }, footer: { js: FOOTER } },
    plugins: [chunks.readAll],
  });
  const parts = await build({
    ...script,
    entryPoints: chunks.parts.map((name) => path.join(outdir, name)),
    ...{ banner: { js: PART_BANNER }, footer: { js: FOOTER } },
    plugins: [chunks.readOne],
  });
  const later = await build({ ...script, plugins, entryPoints: laterFiles() });
  const made = [agent, parts, later];
  const files = made.flatMap(({ outputFiles }) => outputFiles);
  const before = Object.assign({}, ...made.map(({ metafile }) => metafile.outputs)) as Outputs;
  const outputs: Outputs = {};
  for (const [at, bytes] of writeWithShortNames(files)) {
    const file = path.relative(options.absWorkingDir, at);
    const inputs = sourcesOf(before[file]?.inputs ?? {}, split.metafile.outputs);
    outputs[file] = { bytes, inputs, imports: [], exports: [] };
  }
  return { inputs: { ...split.metafile.inputs, ...later.metafile.inputs }, outputs };
}

/** What a script is made of, which of a module of the first round is what that was made of. */
function sourcesOf(inputs: Inputs, split: Outputs): Inputs {
  const splitByName = new Map(Object.entries(split).map(([file, output]) => [path.basename(file), output]));
  const found = Object.entries(inputs).map(
    ([input, weight]) => splitByName.get(path.basename(input))?.inputs ?? { [input]: weight },
  );
  return Object.assign({}, ...found);
}

/** The program, and what its parts will ask it for. */
function mainOf({ shared }: Chunks): string {
  const imports = shared.map((name, index) => `import * as part${index} from "./${name}";`);
  const given = shared.map((name, index) => `"${scriptOf(name)}": part${index}`);
  return `export { runProgram } from "./agent.js";\n${imports.join("\n")}\nObject.assign(parts, { ${given} });`;
}

import path from "node:path";
import type { Metafile, OutputFile, Plugin } from "esbuild";

/** The modules that the agent was split into, by the names of their files. */
export interface Chunks {
  /** Those that belong to no start, each in a file of its own. */
  readonly parts: readonly string[];
  /** Those of the agent that parts import. */
  readonly shared: readonly string[];
  /** An esbuild plugin: the agent's modules as they are, and parts where they will be. */
  readonly readAll: Plugin;
  /** One part: all else is where it will be. */
  readonly readOne: Plugin;
}

/** No start goes without it, though it is imported as if. */
const EVER_WANTED = "src/commands/run.ts";

/** A part's file, as the agent asks for it. */
export const scriptOf = (name: string): string => `./${name.replace(/\.js$/, ".cjs")}`;

export function chunksOf({ outputs }: Metafile, files: readonly OutputFile[], outdir: string): Chunks {
  const names = Object.entries(outputs).map(([file, output]) => [path.basename(file), output] as const);
  const imports = new Map(
    names.map(([name, output]) => [name, output.imports.filter(({ external }) => !external)]),
  );
  const wanted = new Set(
    names.flatMap(([name, { entryPoint }]) => (entryPoint === EVER_WANTED ? [name] : [])),
  );
  const texts = new Map(files.map((file) => [path.basename(file.path), file.text]));
  const atStart = new Set<string>();
  const take = (name: string): void => {
    if (atStart.has(name)) return;
    atStart.add(name);
    for (const each of imports.get(name) ?? []) {
      const imported = path.basename(each.path);
      if (each.kind === "import-statement" || wanted.has(imported)) take(imported);
    }
  };
  take("agent.js");
  const parts = [...imports.keys()].filter((name) => !atStart.has(name));
  const asked = parts.flatMap((part) => (imports.get(part) ?? []).map((each) => path.basename(each.path)));
  return {
    parts,
    shared: [...new Set(asked)].filter((name) => atStart.has(name)).sort(),
    readAll: reading(outdir, texts, (name) => atStart.has(name)),
    readOne: reading(outdir, texts, () => false),
  };
}

function reading(
  outdir: string,
  texts: ReadonlyMap<string, string>,
  isHere: (name: string) => boolean,
): Plugin {
  return {
    name: "chunks",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.?\/.*\.js$/ }, ({ path: asked, kind }) => {
        const name = path.basename(asked);
        if (!texts.has(name)) return { path: asked, external: true };
        const at = path.join(outdir, name);
        return { path: at, namespace: kind === "entry-point" || isHere(name) ? "here" : "elsewhere" };
      });
      onResolve({ filter: /.*/ }, ({ path: asked }) => ({ path: asked, external: true }));
      onLoad({ filter: /.*/, namespace: "here" }, ({ path: at }) => ({
        contents: texts.get(path.basename(at)) ?? "",
      }));
      onLoad({ filter: /.*/, namespace: "elsewhere" }, ({ path: at }) => ({
        contents: `module.exports = partOf(${JSON.stringify(scriptOf(path.basename(at)))});`,
      }));
    },
  };
}

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROJECT = path.join(ROOT, "tsconfig.build.json");

/** The compiler leaves imports as they were written: of sources, where declarations lie. */
const SOURCE_NAMES: Plugin = {
  name: "declarations of sources",
  resolveId(id, from) {
    if (from === undefined || !id.startsWith(".") || !/(?<!\.d)\.ts$/.test(id)) return undefined;
    return path.resolve(path.dirname(from), id.replace(/\.ts$/, ".d.ts"));
  },
};

/**
 * Writes what the public types come to, and nothing else: the compiler's hundreds of files would name packages that whoever
 * installs hubhand does not have.
 */
export async function bundleTypes(outdir: string): Promise<void> {
  const declarations = mkdtempSync(path.join(tmpdir(), "hubhand-declarations-"));
  try {
    const compiler = path.join(
      path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
      "bin/tsc",
    );
    const args = [compiler, "-p", PROJECT, "--outDir", declarations];
    execFileSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
    const bundle = await rolldown({
      input: {
        index: path.join(declarations, "index.d.ts"),
        testing: path.join(declarations, "testing/index.d.ts"),
        "local-hub": path.join(declarations, "local-hub/index.d.ts"),
      },
      external: (id) => !id.startsWith(".") && !path.isAbsolute(id),
      plugins: [SOURCE_NAMES, dts({ dtsInput: true, oxc: true, tsconfig: false })],
    });
    await bundle.write({ dir: outdir, format: "es" });
  } finally {
    rmSync(declarations, { recursive: true, force: true });
  }
}

import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { MEBIBYTE } from "../../../../sizes.ts";
import { isLittle } from "../little-memory.ts";

const LIMIT_MS = 30_000;
/** Node's own way (https://nodejs.org/api/module.html#modulestriptypescripttypescode-options). It prints nothing but the code. */
const STRIP =
  'process.stdout.write(require("node:module").stripTypeScriptTypes(require("node:fs").readFileSync(0, "utf8")))';
const IS_MODULE = /^[ \t]*(?:export\b|import\b(?!\s*\())/m;

export interface StripOptions {
  /** What the control group allows, bytes. */
  readonly memory: number;
}

/**
 * Where a control group leaves little memory, has TypeScript read by a process that ends when it is done: Node's reader
 * stays in the process that used it once, and takes 11 MB there. What is no module of TypeScript, or is wrong, goes the
 * usual way, so that errors are the usual ones.
 */
export async function stripElsewhere({ memory }: StripOptions): Promise<void> {
  if (!isLittle(memory)) return;
  const { execFileSync } = await import("node:child_process");
  const { execPath } = process;
  registerHooks({
    load(url, context, next) {
      const path =
        /^file:.*\.m?ts(?:\?|$)/.test(url) && !url.includes("/node_modules/")
          ? fileURLToPath(url)
          : undefined;
      if (path === undefined || context.format === "commonjs-typescript") return next(url, context);
      const written = readFileSync(path, "utf8");
      if (!IS_MODULE.test(written)) return next(url, context);
      try {
        const source = execFileSync(execPath, ["--no-warnings", "--eval", STRIP], {
          input: written,
          encoding: "utf8",
          env: {},
          timeout: LIMIT_MS,
          maxBuffer: 64 * MEBIBYTE,
          stdio: ["pipe", "pipe", "ignore"],
        });
        return { format: "module", source, shortCircuit: true };
      } catch {
        return next(url, context);
      }
    },
  });
}

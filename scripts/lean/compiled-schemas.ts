/**
 * Puts the schemas that are ours into the bundle as the code that Ajv makes of them: compiling three of them at each start
 * took longer than all else of it.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Ajv2020, CodeOptions, ValidateFunction } from "ajv/dist/2020.js";
import ajvStandalone from "ajv/dist/standalone/index.js";
import type { Plugin } from "esbuild";

// TypeScript sees only the first of its defaults.
const standaloneCode = ajvStandalone as unknown as typeof ajvStandalone.default;

interface Compiles {
  compileSchema(code: CodeOptions): { ajv: Ajv2020; fits: ValidateFunction };
}

/** An esbuild plugin: instead of `NAME-fits.ts`, what `NAME-schema.ts` beside it compiles to. */
export const COMPILED_SCHEMAS: Plugin = {
  name: "compiled schemas",
  setup({ onLoad }) {
    onLoad({ filter: /src\/.*-fits\.ts$/ }, async ({ path: file }) => {
      const source = file.replace(/-fits\.ts$/, "-schema.ts");
      const { compileSchema } = (await import(pathToFileURL(source).href)) as Compiles;
      const { ajv, fits } = compileSchema({ source: true, esm: true });
      const name = path.basename(file, ".ts").replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
      const code = standaloneCode(ajv, fits);
      return { contents: `${code}\nexport const ${name} = () => validate;`, loader: "js" };
    });
  },
};

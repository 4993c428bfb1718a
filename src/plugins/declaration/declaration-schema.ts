import { Ajv2020, type CodeOptions, type ValidateFunction } from "ajv/dist/2020.js";
import { DECLARATION } from "./shape.ts";

/** Compiles the schema of declarations; `declaration-fits.ts` is what asks for it. */
export function compileSchema(code: CodeOptions = {}): { ajv: Ajv2020; fits: ValidateFunction } {
  const ajv = new Ajv2020({ strict: false, verbose: true, code });
  return { ajv, fits: ajv.compile(DECLARATION) };
}

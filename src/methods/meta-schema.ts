import { Ajv2020, type CodeOptions, type Options, type ValidateFunction } from "ajv/dist/2020.js";

/**
 * How we read schemas: a misspelt keyword is an error; `format` is a remark for readers, as 2020-12 has it unless
 * asked otherwise.
 */
export const SCHEMA_OPTIONS: Options = {
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateFormats: false,
  logger: false,
};

/** Compiles the schema of schemas; `meta-fits.ts` is what asks for it. */
export function compileSchema(code: CodeOptions = {}): { ajv: Ajv2020; fits: ValidateFunction } {
  const ajv = new Ajv2020({ ...SCHEMA_OPTIONS, code });
  const fits = ajv.getSchema("https://json-schema.org/draft/2020-12/schema");
  if (fits === undefined) throw new Error("Ajv does not know the schema of schemas");
  return { ajv, fits };
}

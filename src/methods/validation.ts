import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import { HubhandError, messageOf } from "../errors.ts";
import type { JsonSchema } from "./method.ts";
import type { PayloadProblem } from "./payload.ts";

/** Says what is wrong with a value, or undefined. */
export type Validate = (value: unknown) => PayloadProblem | undefined;

/**
 * Compiles a JSON Schema (2020-12).
 * @param subject what the schema is of, for the error
 * @throws HubhandError PLUGIN_INVALID if the schema is not one
 */
export type CompileSchema = (schema: JsonSchema, subject: string) => ValidateFunction;

/**
 * How we read schemas: a misspelt keyword is an error; `format` is a remark for readers, as 2020-12 has it unless
 * asked otherwise.
 */
const OPTIONS: Options = {
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateFormats: false,
  logger: false,
};

/** Makes the function that compiles schemas. The schema of schemas, slow to compile on a small device, is made once. */
export function createSchemaCompiler(options: Options = {}): CompileSchema {
  let judge: Ajv2020 | undefined;
  return (schema, subject) => {
    judge ??= new Ajv2020(OPTIONS);
    try {
      if (!judge.validateSchema(schema))
        throw new Error(judge.errorsText(judge.errors, { dataVar: "schema" }));
      // An Ajv for each: two plugins may use the same $id, and a removed one leaves nothing behind.
      return new Ajv2020({ ...OPTIONS, ...options, meta: false, validateSchema: false }).compile(schema);
    } catch (error) {
      const message = `${subject} is not a JSON Schema (2020-12): ${messageOf(error)}`;
      throw new HubhandError("PLUGIN_INVALID", message, { cause: error });
    }
  };
}

/** Tells the first fault, not all: a hostile payload must not make us collect thousands. */
export function createValidator(validate: ValidateFunction): Validate {
  return (value) => {
    try {
      return validate(value) ? undefined : problemOf(validate.errors ?? []);
    } catch (error) {
      // A schema that refers to itself follows a payload down until the stack ends.
      return { path: "", rule: "depth", message: `is nested too deep: ${messageOf(error)}` };
    }
  };
}

function problemOf(errors: readonly ErrorObject[]): PayloadProblem {
  // Of alternatives the first is only the first that was tried; that none fits is what is wrong.
  const error = errors.find(({ keyword }) => keyword === "anyOf" || keyword === "oneOf") ?? errors[0];
  if (error === undefined) return { path: "", rule: "schema", message: "does not fit the schema" };
  const { instancePath, keyword, params, message = "is invalid" } = error;
  const allowed = keyword === "enum" ? `: ${JSON.stringify(params.allowedValues)}` : "";
  const key: unknown = params.additionalProperty ?? params.unevaluatedProperty ?? params.propertyName;
  return {
    path: instancePath,
    rule: keyword,
    message: `${message}${allowed}${key === undefined ? "" : ` (${JSON.stringify(key)})`}`,
  };
}

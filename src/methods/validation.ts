import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import { HubhandError, messageOf } from "../errors.ts";
import { createBoundedRunner, TookTooLong } from "./bounded.ts";
import { metaFits } from "./meta-fits.ts";
import { SCHEMA_OPTIONS } from "./meta-schema.ts";
import type { JsonSchema } from "./method.ts";
import type { PayloadProblem } from "./payload.ts";

/** A schema of so many characters says more than one that a person writes, and takes a second to compile. */
const LONGEST_SCHEMA = 64 * 1024;
const LONGEST_COMPILATION_MS = 1_000;
/** Calls of others wait meanwhile. */
const LONGEST_CHECK_MS = 50;
/** One that took so long is not tried again at once: it would be all that the agent does. */
const REST_MS = 1_000;
/**
 * What these cost does not only grow with the payload: a pattern may take years for forty letters, items are compared
 * each with each, and a schema that refers twice to the next, and this to its next, doubles with every step.
 */
const MAY_TAKE_LONG = /"(?:pattern|patternProperties|uniqueItems|\$ref|\$dynamicRef)":/;
/** Nor is one harmless that is long itself, as each item of a payload may be held against all of it. */
const SHORT_SCHEMA = 4 * 1024;

/**
 * Says what is wrong with a value, or undefined.
 * @throws HubhandError METHOD_FAILED if that takes too long, and METHOD_BUSY for a while after that
 */
export type Validate = (value: unknown) => PayloadProblem | undefined;

/**
 * Compiles a JSON Schema (2020-12).
 * @param subject what the schema is of, for the error
 * @throws HubhandError PLUGIN_INVALID if the schema is not one
 */
export type CompileSchema = (schema: JsonSchema, subject: string) => Fits;

/** Tells what of a value does not fit a schema. @throws TookTooLong */
export type Fits = (value: unknown) => readonly ErrorObject[];

/** Makes the function that compiles schemas. The schema of schemas, slow to compile on a small device, is made once. */
export function createSchemaCompiler(options: Options = {}): CompileSchema {
  const run = createBoundedRunner();
  let isSchema: ValidateFunction | undefined;

  function compile(schema: JsonSchema, isOne: ValidateFunction): ValidateFunction {
    // An Ajv for each: two plugins may use the same $id, and a removed one leaves nothing behind.
    const ajv = new Ajv2020({ ...SCHEMA_OPTIONS, ...options, meta: false, validateSchema: false });
    if (!isOne(schema)) throw new Error(ajv.errorsText(isOne.errors, { dataVar: "schema" }));
    return ajv.compile(schema);
  }

  return (schema, subject) => {
    try {
      const text = JSON.stringify(schema);
      if (text.length > LONGEST_SCHEMA) throw new Error(`it has more than ${LONGEST_SCHEMA} characters`);
      const isHarmless = text.length <= SHORT_SCHEMA && !MAY_TAKE_LONG.test(text);
      // Outside of what is bounded: where it is not compiled yet, that takes its time.
      isSchema ??= metaFits();
      const isOne = isSchema;
      const validate = isHarmless
        ? compile(schema, isOne)
        : run(() => compile(schema, isOne), LONGEST_COMPILATION_MS);
      const errorsOf: Fits = (value) => (validate(value) ? [] : (validate.errors ?? []));
      return isHarmless ? errorsOf : (value) => run(() => errorsOf(value), LONGEST_CHECK_MS);
    } catch (error) {
      const message = `${subject} is not a JSON Schema (2020-12): ${messageOf(error)}`;
      throw new HubhandError("PLUGIN_INVALID", message, { cause: error });
    }
  };
}

/** Tells the first fault, not all: a hostile payload must not make us collect thousands. */
export function createValidator(fits: Fits, { now }: { now(): number }): Validate {
  let restsUntil = Number.NEGATIVE_INFINITY;
  return (value) => {
    if (now() < restsUntil)
      throw new HubhandError("METHOD_BUSY", "its schema took too long to check a payload; call again in 1 s");
    try {
      const errors = fits(value);
      return errors.length === 0 ? undefined : problemOf(errors);
    } catch (error) {
      if (error instanceof TookTooLong) {
        restsUntil = now() + REST_MS;
        const message = `its schema took more than ${LONGEST_CHECK_MS} ms to check the payload`;
        throw new HubhandError("METHOD_FAILED", message, { cause: error });
      }
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

import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import { HubhandError, messageOf } from "../errors.ts";
import { createBoundedRunner, TookTooLong } from "./bounded.ts";
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
  const run = createBoundedRunner();
  let judge: Ajv2020 | undefined;

  /**
   * Its own schema is compiled outside of what is bounded: stopped in the middle of that, as on a busy machine, it would
   * refuse the next attempt.
   */
  function readyJudge(): Ajv2020 {
    if (judge !== undefined) return judge;
    judge = new Ajv2020(OPTIONS);
    judge.validateSchema({});
    return judge;
  }

  function compile(schema: JsonSchema, by: Ajv2020): ValidateFunction {
    if (!by.validateSchema(schema)) throw new Error(by.errorsText(by.errors, { dataVar: "schema" }));
    // An Ajv for each: two plugins may use the same $id, and a removed one leaves nothing behind.
    return new Ajv2020({ ...OPTIONS, ...options, meta: false, validateSchema: false }).compile(schema);
  }

  return (schema, subject) => {
    try {
      const text = JSON.stringify(schema);
      if (text.length > LONGEST_SCHEMA) throw new Error(`it has more than ${LONGEST_SCHEMA} characters`);
      const isHarmless = text.length <= SHORT_SCHEMA && !MAY_TAKE_LONG.test(text);
      const by = readyJudge();
      const validate = isHarmless
        ? compile(schema, by)
        : run(() => compile(schema, by), LONGEST_COMPILATION_MS);
      const errorsOf: Fits = (value) => (validate(value) ? [] : (validate.errors ?? []));
      return isHarmless ? errorsOf : (value) => run(() => errorsOf(value), LONGEST_CHECK_MS);
    } catch (error) {
      // It may have been stopped anywhere.
      judge = undefined;
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

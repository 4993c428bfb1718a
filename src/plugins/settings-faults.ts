import type { ErrorObject } from "ajv/dist/2020.js";
import { HubhandError, messageOf } from "../errors.ts";
import type { JsonSchema } from "../methods/method.ts";
import { createSchemaCompiler, type Fits } from "../methods/validation.ts";
import { closest } from "../suggest.ts";

/** What of a plugin's settings does not fit its schema. No value is told: one may be a secret. */
export interface SettingsFault {
  /** The setting that is at fault; undefined if it is all of them together. */
  readonly key: string | undefined;
  /** Where: `.pump.litres`; empty for all of them together. */
  readonly place: string;
  /** `must be number`. */
  readonly problem: string;
}

/** Finds what does not fit, and fills defaults in. */
export type FindFaults = (settings: Record<string, unknown>) => readonly SettingsFault[];

/**
 * Makes the function that makes them, one for each schema of settings.
 * That throws HubhandError PLUGIN_INVALID for a schema that cannot be used; so does what it makes, if checking takes too long.
 */
export function createFaultFinders(): (schema: JsonSchema | undefined) => FindFaults {
  const compile = createSchemaCompiler({ useDefaults: true, allErrors: true });

  return (schema) => {
    if (schema === undefined) return () => [];
    const fits = compile(schema, "its settings schema");
    const { properties = {} } = Object(schema) as { properties?: object };
    const known = Object.keys(properties);
    return (settings) => errorsOf(fits, settings).map((error) => faultOf(error, known));
  };
}

function errorsOf(fits: Fits, settings: unknown): ReturnType<Fits> {
  try {
    return fits(settings);
  } catch (error) {
    const message = `its settings schema cannot be used: ${messageOf(error)}`;
    throw new HubhandError("PLUGIN_INVALID", message, { cause: error });
  }
}

/** @param known the settings that the schema names */
function faultOf(error: ErrorObject, known: readonly string[]): SettingsFault {
  const { instancePath, keyword, params, message = "is invalid", propertyName } = error;
  const [, first] = instancePath.split("/");
  const extra: unknown = params.additionalProperty ?? params.unevaluatedProperty;
  // What is asked of a key, or because of one, is that key's own fault.
  const blamed: unknown =
    first ?? extra ?? propertyName ?? (keyword === "dependentRequired" && params.property);
  const allowed: unknown = keyword === "enum" ? params.allowedValues : undefined;
  const values = Array.isArray(allowed)
    ? `: ${allowed.map((value) => JSON.stringify(value)).join(", ")}`
    : "";
  return {
    key: typeof blamed === "string" ? blamed.replaceAll("~1", "/").replaceAll("~0", "~") : undefined,
    place: instancePath.replaceAll("/", "."),
    problem:
      typeof extra === "string"
        ? extraProblem(extra, first === undefined ? known : [])
        : `${message}${values}`,
  };
}

function extraProblem(extra: string, known: readonly string[]): string {
  const meant = closest(extra, known);
  return `must not have ${JSON.stringify(extra)}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

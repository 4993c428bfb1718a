import { HubhandError, messageOf } from "../errors.ts";
import type { JsonSchema } from "../methods/method.ts";
import { createSchemaCompiler, type Fits } from "../methods/validation.ts";

/** More tell nobody more. */
const MOST_PROBLEMS = 20;

export interface SettingsRequest {
  readonly plugin: string;
  /** From the configuration; untouched. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly schema: JsonSchema | undefined;
}

/**
 * Makes a function that turns a plugin's settings into what its schema wants, defaults filled in.
 * It throws HubhandError PLUGIN_INVALID naming every key of the configuration that does not fit; values are not
 * shown, one may be a secret.
 */
export function createSettingsChecker(): (request: SettingsRequest) => Record<string, unknown> {
  const compile = createSchemaCompiler({ useDefaults: true, allErrors: true });
  return ({ plugin, given, schema }) => {
    const settings = structuredClone(given) as Record<string, unknown>;
    if (schema === undefined) return settings;
    const errors = errorsOf(compile(schema, "its settings schema"), settings);
    if (errors.length === 0) return settings;
    const problems = errors
      .slice(0, MOST_PROBLEMS)
      .map(({ instancePath, message = "is invalid", params }) => {
        const key = `plugins.settings.${plugin}${instancePath.replaceAll("/", ".")}`;
        const extra: unknown = params.additionalProperty;
        return `${key} ${message}${extra === undefined ? "" : ` (${JSON.stringify(extra)})`}`;
      });
    throw new HubhandError("PLUGIN_INVALID", `the configuration does not fit it: ${problems.join("; ")}`);
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

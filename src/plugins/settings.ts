import { HubhandError } from "../errors.ts";
import type { JsonSchema } from "../methods/method.ts";
import { createSchemaCompiler } from "../methods/validation.ts";

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
    const fits = compile(schema, "its settings schema");
    if (fits(settings)) return settings;
    const problems = (fits.errors ?? []).map(({ instancePath, message = "is invalid", params }) => {
      const key = `plugins.settings.${plugin}${instancePath.replaceAll("/", ".")}`;
      const extra: unknown = params.additionalProperty;
      return `${key} ${message}${extra === undefined ? "" : ` (${JSON.stringify(extra)})`}`;
    });
    throw new HubhandError("PLUGIN_INVALID", `the configuration does not fit it: ${problems.join("; ")}`);
  };
}

import { type Document, isScalar, type Node, Document as YamlDocument } from "yaml";
import { configKeys, isSecret } from "./keys.ts";
import type { LoadedConfig } from "./load.ts";
import { valueAt } from "./secrets.ts";

/** One key of the effective configuration, fit to be shown. */
export interface EffectiveValue {
  readonly key: string;
  /** As a configuration file would hold it; of a secret only whether it is set. */
  readonly value: unknown;
  readonly origin: string;
}

/** Every key with its value and source; no secret among them. */
export function effectiveValues({ values, origin }: LoadedConfig): EffectiveValue[] {
  return configKeys().map(({ name, setting }) => {
    const value = valueAt(values, name);
    const shown = isSecret(setting)
      ? mask(value)
      : value === null
        ? null
        : maskSecrets(setting.kind.print(value));
    return { key: name, value: shown, origin: origin(name) };
  });
}

/** The effective configuration as YAML, each value with its source as a comment. */
export function printEffective(loaded: LoadedConfig): string {
  const document: Document = new YamlDocument({});
  document.commentBefore = " The effective configuration of hubhand, and where each value comes from.";
  for (const { key, value, origin } of effectiveValues(loaded)) {
    const path = key.split(".");
    document.setIn(path, document.createNode(value));
    const node = document.getIn(path, true) as Node;
    // A comment behind a list or mapping would stand behind its last line.
    if (isScalar(node)) node.comment = ` ${origin}`;
    else node.commentBefore = ` ${origin}`;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** The effective configuration as JSON: key -> its value and source. */
export function printEffectiveJson(loaded: LoadedConfig): string {
  const entries = effectiveValues(loaded).map(({ key, value, origin }) => [key, { value, origin }]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function mask(value: unknown): string {
  return value === null || value === undefined ? "[not set]" : "[set]";
}

/** Names and texts in plugin settings that likely are of a secret. Only the plugin knows: better one too many. */
const SECRET_NAME = /pass|secret|token|credential|connection.?string|key$|^sas/i;
/** The last one is a URL with a password in it. */
const SECRET_TEXT = /shared.?access|accountkey=|-----BEGIN|:\/\/[^/\s]*:[^/\s]*@/i;

function maskSecrets(value: unknown): unknown {
  if (typeof value === "string" && SECRET_TEXT.test(value)) return mask(value);
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      SECRET_NAME.test(name) ? mask(child) : maskSecrets(child),
    ]),
  );
}

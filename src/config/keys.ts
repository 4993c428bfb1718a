import { SCHEMA } from "./schema.ts";
import type { Setting } from "./setting.ts";

/** One key of the schema with the names it goes by. */
export interface Key {
  /** Its path, such as `link.backoff.networkBase`. */
  readonly name: string;
  readonly setting: Setting<unknown>;
  /** Its environment variables, first the one that follows from the path. */
  readonly variables: readonly string[];
  /** Its flag, such as `--link-keep-alive`. A secret has none: command lines are shown by ps. */
  readonly flag: string | undefined;
}

/** Every key of the schema, in its order. */
export function configKeys(): Key[] {
  return [...collect(SCHEMA, [])];
}

function* collect(node: object, path: readonly string[]): Generator<Key> {
  for (const [step, child] of Object.entries(node)) {
    const here = [...path, step];
    if (isSetting(child)) yield keyOf(child, here);
    else yield* collect(child, here);
  }
}

function isSetting(node: object): node is Setting<unknown> {
  return "kind" in node && "default" in node;
}

function keyOf(setting: Setting<unknown>, path: readonly string[]): Key {
  const words = path.flatMap((step) => step.split(/(?=[A-Z])/));
  return {
    name: path.join("."),
    setting,
    variables: [`HUBHAND_${words.join("_").toUpperCase()}`, ...setting.variables],
    flag: isSecret(setting) ? undefined : `--${words.join("-").toLowerCase()}`,
  };
}

/** True for a value that must not be seen, and that therefore has a key for a file that holds it. */
export function isSecret(setting: Setting<unknown>): boolean {
  return setting.file !== undefined;
}

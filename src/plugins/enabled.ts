import { HubhandError } from "../errors.ts";

export interface EnabledOptions {
  /** Names that the configuration disables. */
  readonly disabled: readonly string[];
  /**
   * What is said over that, by name, until something else is; `_` may stand for a `.` or `-` of the name. Asked once, when
   * the first plugin is to be loaded.
   */
  enabled?(): Readonly<Record<string, boolean>>;
}

/** Which plugins shall run. */
export interface Enabled {
  isDisabled(name: string): boolean;
  /**
   * Says it anew; those that are not named go by the configuration.
   * @param known the names that there are
   * @throws HubhandError PLUGIN_UNKNOWN; nothing is changed then
   */
  say(names: Readonly<Record<string, boolean>>, known: ReadonlySet<string>): void;
}

export function createEnabled({ disabled, enabled = () => ({}) }: EnabledOptions): Enabled {
  let said: ReadonlyMap<string, boolean> | undefined;
  return {
    isDisabled(name) {
      said ??= new Map(Object.entries(enabled()));
      const isEnabled = said.get(name) ?? said.get(plain(name));
      return isEnabled === undefined ? disabled.includes(name) : !isEnabled;
    },
    say(names, known) {
      const all = new Set([...known].flatMap((name) => [name, plain(name)]));
      const unknown = Object.keys(names).filter((name) => !all.has(name));
      if (unknown.length > 0) {
        const missing = unknown.map((name) => JSON.stringify(name)).join(", ");
        const details = { plugins: [...known].sort() };
        throw new HubhandError("PLUGIN_UNKNOWN", `this device has no plugin ${missing}`, { details });
      }
      said = new Map(Object.entries(names));
    },
  };
}

/** In a twin no name may have a dot, and that of a component no hyphen. */
const plain = (name: string): string => name.replaceAll(/[.-]/g, "_");

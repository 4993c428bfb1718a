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
   * Says it anew; those that are not named go by the configuration. A name that no plugin has counts when one comes that has it.
   */
  say(names: Readonly<Record<string, boolean>>): void;
}

export function createEnabled({ disabled, enabled = () => ({}) }: EnabledOptions): Enabled {
  let said: ReadonlyMap<string, boolean> | undefined;
  return {
    isDisabled(name) {
      said ??= new Map(Object.entries(enabled()));
      const isEnabled = said.get(name) ?? said.get(plain(name));
      return isEnabled === undefined ? disabled.includes(name) : !isEnabled;
    },
    say(names) {
      said = new Map(Object.entries(names));
    },
  };
}

/** Those of the names that no plugin has. */
export function namesOfNone(names: readonly string[], plugins: readonly string[]): readonly string[] {
  const known = new Set(plugins.flatMap((name) => [name, plain(name)]));
  return names.filter((name) => !known.has(name));
}

/** In a twin no name may have a dot, and that of a component no hyphen. */
const plain = (name: string): string => name.replaceAll(/[.-]/g, "_");

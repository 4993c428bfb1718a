import { cut } from "../cut.ts";
import type { FindFaults, SettingsFault } from "./settings-faults.ts";

export type Settings = Readonly<Record<string, unknown>>;

export interface SettleRequest {
  /** From the configuration; untouched, as all of these. */
  readonly configured: Settings;
  /** What goes over it, key by key. */
  readonly desired: Settings;
  /** What went over it until now: where a key is refused, it goes on to. */
  readonly accepted: Settings;
  readonly findFaults: FindFaults;
}

/** What comes of a wish. */
export interface Settled {
  /** All that the plugin gets, defaults filled in. */
  readonly settings: Record<string, unknown>;
  /** What of the wish is in it, as it was wished; of a refused key the value before it, if there was one. */
  readonly accepted: Settings;
  /** Each key that is refused, and why. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The configuration itself does not fit, whatever is wished. */
export class ConfigurationUnfit extends Error {
  readonly faults: readonly SettingsFault[];

  constructor(faults: readonly SettingsFault[]) {
    super("the configuration does not fit");
    this.faults = faults;
  }
}

/** More tell nobody more. */
const MOST_PROBLEMS = 20;
/** A pattern may be of any length, and the hub takes 4 KiB for a text of a twin. */
const LONGEST_PROBLEM = 500;

/**
 * Puts what is desired over what is configured. Keys that do not fit are refused each by itself; those that only do not
 * fit together are refused together, and all stays as it was.
 * @throws ConfigurationUnfit
 */
export function settle({ configured, desired, accepted, findFaults }: SettleRequest): Settled {
  const refused = new Map<string, string>();
  const withOverlay = (overlay: Settings) => {
    const settings = structuredClone({ ...configured, ...overlay }) as Record<string, unknown>;
    return { settings, faults: findFaults(settings) };
  };

  let overlay: Settings = desired;
  for (;;) {
    const { settings, faults } = withOverlay(overlay);
    if (faults.length === 0) return { settings, accepted: overlay, refused };
    const blamed = new Set(
      faults.flatMap(({ key }) => (key !== undefined && Object.hasOwn(overlay, key) ? key : [])),
    );
    if (blamed.size === 0) return togetherUnfit(faults);
    const entries = Object.entries(overlay).flatMap(([key, value]): (readonly [string, unknown])[] => {
      if (!blamed.has(key)) return [[key, value]];
      // At fault once more, the value before it does not fit any more either.
      const goesBack = !refused.has(key) && Object.hasOwn(accepted, key);
      return goesBack ? [[key, accepted[key]]] : [];
    });
    for (const key of blamed)
      if (!refused.has(key)) refused.set(key, told(faults.filter((fault) => fault.key === key)));
    overlay = Object.fromEntries(entries);
  }

  function togetherUnfit(faults: readonly SettingsFault[]): Settled {
    const why = `it does not fit with the others: ${told(faults)}`;
    for (const key of Object.keys(desired)) if (!refused.has(key)) refused.set(key, why);
    const before = withOverlay(accepted);
    if (before.faults.length === 0) return { settings: before.settings, accepted, refused };
    const bare = withOverlay({});
    if (bare.faults.length > 0) throw new ConfigurationUnfit(bare.faults);
    return { settings: bare.settings, accepted: {}, refused };
  }
}

function told(faults: readonly SettingsFault[]): string {
  const problems = faults
    .slice(0, MOST_PROBLEMS)
    .map(({ place, problem }) => `${place === "" ? "the settings" : place.slice(1)} ${problem}`)
    .join("; ");
  return cut(problems, LONGEST_PROBLEM);
}

/** What of a configuration does not fit, in the words of its keys. */
export function configurationProblems(plugin: string, faults: readonly SettingsFault[]): string {
  return faults
    .slice(0, MOST_PROBLEMS)
    .map(({ place, problem }) => `plugins.settings.${plugin}${place} ${problem}`)
    .join("; ");
}

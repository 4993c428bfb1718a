import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { Discovery } from "./discovery.ts";

/** What there is to be loaded, as it was seen last. */
export interface PluginsFolder {
  /** Looks again; undefined if it cannot be read, which is told. */
  look(): Promise<Discovery | undefined>;
  /** Why it could not be read. */
  readonly problem: string | undefined;
  /** The names of what might be plugins; undefined as long as it could never be read. */
  readonly names: readonly string[] | undefined;
}

export interface PluginsFolderOptions {
  /** Looks into the folder; rejects if it cannot be read. */
  discover(): Promise<Discovery>;
  readonly logger: Logger;
}

export function createPluginsFolder({ discover, logger }: PluginsFolderOptions): PluginsFolder {
  let problem: string | undefined;
  let names: readonly string[] | undefined;
  let told: ReadonlySet<string> = new Set();

  /** Each once: a file that is no plugin today will not be one at the next look either. */
  function tellIgnored({ ignored: all }: Discovery): void {
    const ignored = all.filter((name) => !told.has(name));
    if (ignored.length > 0)
      logger.warn({ event: "plugin.ignored", ignored }, "files in the plugins folder that are no plugins");
    told = new Set(all);
  }

  return {
    async look() {
      try {
        const found = await discover();
        problem = undefined;
        names = found.candidates.map(({ name }) => name);
        tellIgnored(found);
        return found;
      } catch (error) {
        problem = messageOf(error);
        logger.error({ event: "plugin.folder-unreadable", code: "PLUGIN_INVALID" }, problem);
        return undefined;
      }
    },
    get problem() {
      return problem;
    },
    get names() {
      return names;
    },
  };
}

import type { Config } from "../config/schema.ts";
import { type Check, type Finding, fatal, ok, skipped, warning } from "./check.ts";
import type { Subject } from "./subject.ts";

/** How one plugin is. */
export interface PluginReport {
  readonly name: string;
  /** Why it cannot serve. */
  readonly problem?: string | undefined;
}

/** How the plugins are: those that run, or those that were loaded to see whether they could. */
export interface PluginsReport {
  readonly plugins: readonly PluginReport[];
  /** Why the folder could not be read. */
  readonly folderProblem?: string | undefined;
}

/** Looks at the plugins that a configuration speaks of. */
export type InspectPlugins = (config: Config) => Promise<PluginsReport>;

export function pluginsCheck(subject: Subject, inspect: InspectPlugins): Check {
  return {
    id: "plugins",
    description: "The plugins",
    run: async () => judge(await inspect(subject.config().values)),
  };
}

function judge({ plugins, folderProblem }: PluginsReport): Finding {
  if (folderProblem !== undefined) return warning(folderProblem, "hubhand runs without plugins until then.");
  if (plugins.length === 0) return skipped("there are none");
  const broken = plugins.filter(({ problem }) => problem !== undefined);
  if (broken.length === 0) return ok(plugins.map(({ name }) => name).join(", "));
  const told = broken.map(({ name, problem }) => `plugin "${name}": ${problem}`).join("\n");
  return fatal(told, "Mend or remove them; the others run.");
}

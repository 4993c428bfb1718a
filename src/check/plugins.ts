import type { Config } from "../config/schema.ts";
import { type Check, type Finding, fatal, ok, skipped, warning } from "./check.ts";
import type { Subject } from "./subject.ts";

/** How one plugin is. */
export interface PluginReport {
  readonly name: string;
  /** Why it cannot serve. */
  readonly problem?: string | undefined;
  /** Why its calls fail for now, and might not later; or why it is no plugin, though it seems meant to be one. */
  readonly doubt?: string | undefined;
}

/** How the plugins are: those that run, or those that were loaded to see whether they could. */
export interface PluginsReport {
  readonly plugins: readonly PluginReport[];
  /** Of the device's own tasks, those whose method is not there: `night runs relay.sett (did you mean relay.set?)`. */
  readonly lackingMethods?: readonly string[];
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

function judge({ plugins, folderProblem, lackingMethods = [] }: PluginsReport): Finding {
  if (folderProblem !== undefined)
    return warning(
      folderProblem,
      "Make that folder, or set plugins.directory; in a container, mount it there. hubhand runs without plugins until then.",
    );
  const lacking = lackingMethods.map((told) => `schedule.tasks: ${told}, and there is no such method`);
  if (plugins.length === 0 && lacking.length === 0) return skipped("there are none");
  const ofPlugins = plugins.flatMap(({ name, problem, doubt }) => {
    const what = problem ?? doubt;
    return what === undefined ? [] : [`plugin "${name}": ${what}`];
  });
  const told = [...ofPlugins, ...lacking];
  if (told.length === 0) return ok(plugins.map(({ name }) => name).join(", "));
  return plugins.some(({ problem }) => problem !== undefined)
    ? fatal(told.join("\n"), "Do what each says, or remove it; the other plugins run.")
    : warning(
        told.join("\n"),
        ofPlugins.length === 0
          ? "Correct it in schedule.tasks, or add the plugin that has it: each run fails until then."
          : "Do what each says; the other plugins run.",
      );
}

import type { Link } from "../link/link.ts";
import type { PluginSet } from "../plugins/plugin-set.ts";

/** How the link is, for `/readyz`. */
export function linkHealth(link: Pick<Link, "status">) {
  const status = link.status();
  return { ready: status.state === "online", ...status };
}

/**
 * How the plugins are. One that still starts is not up, and its methods are not there: it is named by its file, which is all that
 * is known.
 */
export function pluginsHealth(
  plugins: Pick<PluginSet, "status" | "starting" | "folderProblem">,
  isLoading: boolean,
) {
  const { folderProblem } = plugins;
  const all = plugins.status();
  const names = plugins.starting();
  const starting = isLoading || names.length > 0 ? { starting: names } : {};
  const problem = folderProblem === undefined ? {} : { problem: folderProblem };
  const ready = folderProblem === undefined && !("starting" in starting) && all.every(({ up }) => up);
  return { ready, ...problem, ...starting, plugins: all };
}

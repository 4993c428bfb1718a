import type { Link } from "../link/link.ts";
import type { Health } from "../observe/health.ts";
import type { PluginSet } from "../plugins/plugin-set.ts";
import type { IncomingMessages } from "./messages/incoming.ts";
import type { OutgoingMessages } from "./messages/outgoing.ts";

export interface HealthParts {
  readonly link: Pick<Link, "status">;
  readonly outgoing: Pick<OutgoingMessages, "health">;
  readonly incoming: Pick<IncomingMessages, "health">;
  readonly plugins: Pick<PluginSet, "status" | "starting" | "folderProblem">;
  /** Whether plugins are being loaded for the first time. */
  isLoading(): boolean;
}

/** Has `/readyz` ask the parts that can keep the agent from what it is for. */
export function watchHealth(
  health: Health,
  { link, outgoing, incoming, plugins, isLoading }: HealthParts,
): void {
  health.register("link", () => linkHealth(link));
  health.register("messages", outgoing.health);
  health.register("inbox", incoming.health);
  health.register("plugins", () => pluginsHealth(plugins, isLoading()));
}

function linkHealth(link: HealthParts["link"]) {
  const status = link.status();
  return { ready: status.state === "online", ...status };
}

/** One that still starts is not up, and its methods are not there: it is named by its file, which is all that is known. */
function pluginsHealth(plugins: HealthParts["plugins"], isLoading: boolean) {
  const { folderProblem } = plugins;
  const all = plugins.status();
  const names = plugins.starting();
  const starting = isLoading || names.length > 0 ? { starting: names } : {};
  const problem = folderProblem === undefined ? {} : { problem: folderProblem };
  const ready = folderProblem === undefined && !("starting" in starting) && all.every(({ up }) => up);
  return { ready, ...problem, ...starting, plugins: all };
}

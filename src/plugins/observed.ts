import type { Plugin, PluginObserver } from "./plugin.ts";
import type { PluginStatus, Statuses } from "./statuses.ts";

export interface ObserveOptions {
  readonly plugin: Plugin;
  readonly statuses: Pick<Statuses, "restarted">;
  /** Told each change. */
  tell(status: PluginStatus): void;
}

/** What a plugin tells of itself while it runs, as a status. */
export function observePlugin({ plugin, statuses, tell }: ObserveOptions) {
  const { name, kind, version } = plugin;
  let problem: string | undefined;

  const status = (): PluginStatus => ({
    name,
    kind,
    up: problem === undefined,
    ...(version === undefined ? {} : { version }),
    ...(problem === undefined ? {} : { problem }),
  });

  const observer: PluginObserver = {
    down(why) {
      problem = why;
      tell(status());
    },
    up() {
      problem = undefined;
      tell(status());
    },
    restarted: () => statuses.restarted(name),
  };
  return { observer, status };
}

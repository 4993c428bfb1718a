import { type Clock, waitAtMost } from "../clock.ts";
import { HubhandError } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { HandlerRegistry } from "../messages/inbox/registry.ts";
import type { MethodRegistry } from "../methods/registry.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { stopInTime } from "./hook-limits.ts";
import type { Plugin } from "./plugin.ts";
import { createSeries, type SeriesOfPlugins } from "./series.ts";

export interface ServingOptions {
  readonly registry: MethodRegistry;
  readonly schedule: Schedule;
  /** Where messages from the hub find their handlers; without it, none come. */
  readonly messages?: Pick<HandlerRegistry, "replace" | "remove" | "get">;
  readonly metrics: SeriesOfPlugins;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface Serving {
  /**
   * Lets calls and tasks reach a plugin, in one step with taking away those of `old`, whose calls under way go on.
   * @throws HubhandError PLUGIN_INVALID if its methods or tasks cannot be had; `old` serves on then
   */
  serve(plugin: Plugin, old?: Plugin): void;
  /** Its callers are told for now that it is down, and why; its messages wait, and its tasks do not run. */
  suspend(plugin: Plugin, why: string): void;
  withdraw(plugin: Plugin): void;
  /** Stops a plugin that no call reaches any more, as soon as none of it runs. */
  retire(plugin: Plugin): Promise<void>;
}

const NO_MESSAGES: Pick<HandlerRegistry, "replace" | "remove" | "get"> = {
  replace() {},
  remove() {},
  get: () => undefined,
};

/** Brings what plugins offer to where calls and time find it, and takes it away again. */
export function createServing(options: ServingOptions): Serving {
  const { registry, schedule, messages = NO_MESSAGES, metrics, logger, clock } = options;

  const series = createSeries({
    metrics,
    isMethod: registry.has,
    isHandler: (name) => messages.get(name) !== undefined,
  });

  function withdraw(plugin: Plugin): void {
    const { name } = plugin;
    registry.remove(name);
    schedule.remove(name);
    messages.remove(name);
    series.end(plugin);
  }

  return {
    serve(plugin, old) {
      const { name, methods, tasks } = plugin;
      const leaving = old?.name ?? name;
      registry.replace(leaving, methods);
      try {
        messages.replace(leaving, plugin.messages);
        try {
          schedule.replace(leaving, tasks);
        } catch (error) {
          messages.replace(name, old?.messages ?? []);
          throw error;
        }
      } catch (error) {
        registry.replace(name, old?.methods ?? []);
        throw error;
      }
      series.begin(plugin);
      if (old !== undefined) series.end(old);
    },
    suspend({ name, methods, messages: handlers }, why) {
      const handler = (): never => {
        throw new HubhandError("PLUGIN_DOWN", `plugin "${name}" is down: ${why}`);
      };
      registry.replace(
        name,
        methods.map((method) => ({ ...method, handler })),
      );
      messages.replace(
        name,
        handlers.map((each) => ({ ...each, handle: handler })),
      );
      schedule.suspend(name);
    },
    withdraw,
    async retire(plugin) {
      // A handler that never ends has no caller any more when its time is over.
      const longest = Math.max(
        0,
        ...[...plugin.methods, ...plugin.messages, ...plugin.tasks].map(({ timeout }) => timeout),
      );
      await waitAtMost(plugin.idle(), longest, clock);
      // A job has nobody who would start it again: it ends where it began, however long that takes.
      await plugin.jobsDone();
      await stopInTime(plugin, logger, clock);
    },
  };
}

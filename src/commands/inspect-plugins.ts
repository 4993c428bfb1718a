import { pino } from "pino";
import type { InspectPlugins } from "../check/plugins.ts";
import { systemClock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { configuredLoader } from "../plugin-loader.ts";
import { type Candidate, discoverPlugins } from "../plugins/discovery.ts";
import { stopInTime } from "../plugins/hook-limits.ts";
import type { ProcessGroups } from "../plugins/hosts/groups.ts";
import type { Threads } from "../plugins/hosts/worker/threads.ts";
import { noTelemetry } from "../plugins/no-telemetry.ts";
import { provideOwnApi } from "../plugins/resolve-hook.ts";

const silent = pino({ level: "silent" });

/** Where plugins run while they are looked at. */
interface Places {
  readonly threads: Threads;
  readonly groups: ProcessGroups;
}

/** Imports every plugin where it would run, as far as that goes, and starts none. */
export function pluginInspector({ threads, groups }: Places): InspectPlugins {
  return async (config) => {
    const { plugins } = config;
    provideOwnApi();
    const load = configuredLoader({
      config,
      env: process.env,
      threads,
      groups,
      telemetryFor: () => noTelemetry,
      logger: silent,
    });
    const problemOf = async (candidate: Candidate): Promise<string | undefined> => {
      try {
        const plugin = await load(candidate);
        await stopInTime(plugin, silent, systemClock);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    };
    try {
      const { candidates } = await discoverPlugins(plugins.directory);
      const wanted = candidates.filter(({ name }) => !plugins.disabled.includes(name));
      const problems = await Promise.all(wanted.map(problemOf));
      return { plugins: wanted.map(({ name }, index) => ({ name, problem: problems[index] })) };
    } catch (error) {
      return { plugins: [], folderProblem: messageOf(error) };
    }
  };
}

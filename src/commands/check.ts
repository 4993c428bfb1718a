import { Command } from "commander";
import { pino } from "pino";
import { type CheckResult, checkAll } from "../check/index.ts";
import type { InspectPlugins } from "../check/plugins.ts";
import { systemClock } from "../clock.ts";
import { addConfigFlags, loadConfig, readConfigFlags } from "../config/index.ts";
import { messageOf } from "../errors.ts";
import { type Candidate, discoverPlugins } from "../plugins/discovery.ts";
import { startInTime, stopInTime } from "../plugins/hook-limits.ts";
import { createProcessGroups, type ProcessGroups } from "../plugins/hosts/groups.ts";
import { createThreads, type Threads } from "../plugins/hosts/worker/threads.ts";
import { createPluginLoader } from "../plugins/load-plugin.ts";
import { provideOwnApi } from "../plugins/resolve-hook.ts";
import { guardProcess } from "./uncaught.ts";

/** Something must be done before the agent can serve as it should. */
const EXIT_FATAL = 1;

/** As wide as the longest result, and what keeps it apart. */
const MARK_WIDTH = "warning".length + 2;

const silent = pino({ level: "silent" });

/**
 * The verb `check`: whether all is there that the agent needs, and what to do where it is not. It starts nothing and
 * changes nothing; plugins are imported, and not started. Ends with 0, or 1 if a check is fatal.
 */
export function checkCommand(): Command {
  const command = new Command("check")
    .description(
      "check configuration, plugins, disk, clock and the ways to the hub; exit code 1 if one is fatal",
    )
    .option("--json", "print JSON: each check with its result, detail and remedy");
  return addConfigFlags(command).action(async ({ json = false }: { json?: boolean }) => {
    const load = () => loadConfig({ env: process.env, cwd: process.cwd(), ...readConfigFlags(command) });
    // Whatever an import leaves behind that throws later is a plugin's, and no reason to end before the rest is told.
    const threads = createThreads();
    const groups = createProcessGroups();
    const guard = guardProcess({
      logger: silent,
      pluginsDirectory: "/",
      hasThreads: () => threads.size > 0,
    });
    const results = await checkAll({
      loadConfig: load,
      env: process.env,
      clock: systemClock,
      hide: () => {},
      inspectPlugins: pluginInspector({ threads, groups }),
    });
    const text = json ? `${JSON.stringify(results, null, 2)}\n` : printResults(results);
    await new Promise((resolve) => process.stdout.write(text, resolve));
    // What a plugin opened when it was imported must not keep the process.
    guard.exit(results.some(({ result }) => result === "fatal") ? EXIT_FATAL : 0);
  });
}

/** Where plugins run while they are looked at. */
interface Places {
  readonly threads: Threads;
  readonly groups: ProcessGroups;
}

/** Imports every plugin where it would run, as far as that goes, and starts none. */
function pluginInspector({ threads, groups }: Places): InspectPlugins {
  return async ({ plugins, methods }) => {
    provideOwnApi();
    const load = createPluginLoader({
      ...plugins,
      rules: { directory: plugins.directory, trust: plugins.trustFolder, uid: process.getuid?.() },
      defaults: methods,
      env: process.env,
      threads,
      groups,
      logger: silent,
      clock: systemClock,
      random: Math.random,
    });
    const problemOf = async (candidate: Candidate): Promise<string | undefined> => {
      try {
        const plugin = await startInTime(load(candidate), "its import", systemClock);
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

/** For people: what was looked at, one below the other; what to do where something is wrong. */
export function printResults(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ description }) => description.length));
  const margin = " ".repeat(MARK_WIDTH + width + 2);
  const lines = results.flatMap(({ result, description, detail, remedy }) => [
    `${result.padEnd(MARK_WIDTH)}${description.padEnd(width)}  ${detail.replaceAll("\n", `\n${margin}`)}`,
    ...(remedy === undefined ? [] : [`${margin}-> ${remedy}`]),
  ]);
  return `${lines.join("\n")}\n`;
}

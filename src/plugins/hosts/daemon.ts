import type { Plugin } from "../plugin.ts";
import { assemblePlugin } from "./assemble.ts";
import { findAccount } from "./child/accounts.ts";
import { checkProcessor } from "./child/processor.ts";
import type { ProgramOptions } from "./child/program-options.ts";
import { type DaemonInstance, openDaemon } from "./daemon/instance.ts";
import { createKeeper, whileKept } from "./keeper.ts";
import { tellResult } from "./task-telemetry.ts";

export interface DaemonOptions extends ProgramOptions {
  /** A number in [0, 1). */
  random(): number;
}

/** Keeps one program running, which is told of calls and answers them, a JSON object a line (docs/reference/daemon-protocol.md). */
export function hostDaemon(options: DaemonOptions): Plugin {
  const { declaration, defaults, telemetry, logger, clock, random } = options;
  const { name, kind } = declaration;
  let { settings } = options;
  /** Those that are not ready yet: nobody else knows them. */
  const starting = new Set<DaemonInstance>();
  const keeper = createKeeper<DaemonInstance>({
    plugin: name,
    logger,
    clock,
    random,
    async open() {
      await checkProcessor(declaration.command[0]);
      const account = await findAccount(declaration);
      const instance = openDaemon({ ...options, settings, account, logger: logger.child({ plugin: name }) });
      starting.add(instance);
      try {
        await instance.ready;
        return instance;
      } catch (error) {
        await instance.stop();
        throw error;
      } finally {
        starting.delete(instance);
      }
    },
  });

  return assemblePlugin({
    outline: declaration,
    name,
    kind,
    defaults,
    host: {
      start: keeper.start,
      call: (invocation) => keeper.withCurrent((instance) => instance.call(invocation)),
      async runTask(run) {
        const result = await keeper.withCurrent((instance) => instance.runTask(run));
        const how = declaration.tasks[run.task]?.telemetry;
        await tellResult({ result, how, telemetry, signal: run.signal });
      },
      handleMessage: (delivery) => keeper.withCurrent((instance) => instance.handleMessage(delivery)),
      changeSettings: (given, signal) =>
        whileKept(async () => {
          const before = settings;
          settings = given;
          // Each process says for itself whether it takes them while it runs.
          const isTaken = await keeper.withCurrent((instance) => instance.changeSettings(given, signal));
          if (isTaken === false) settings = before;
          return isTaken !== false;
        }),
      async stop() {
        await Promise.all([keeper.stop(), ...[...starting].map((instance) => instance.stop())]);
      },
    },
  });
}

import type { Clock } from "../../../clock.ts";
import { messageOf } from "../../../errors.ts";
import type { Logger } from "../../../events/logger.ts";
import type { Telemetry } from "../../../messages/telemetry.ts";
import type { Invocation } from "../../../methods/method.ts";
import { startInTime } from "../../hook-limits.ts";
import type { Host } from "../host.ts";
import { createKeeper, whileKept } from "../keeper.ts";
import { openInstance, type PluginInstance } from "./instance.ts";
import { watchMemory } from "./memory-watch.ts";
import type { OpenVessel } from "./vessel.ts";

export interface RemoteModuleOptions {
  /** The plugin's file. */
  readonly file: string;
  /** What it is called until it says otherwise. */
  readonly name: string;
  /** Bytes that its code may take, unless it says otherwise. */
  readonly memoryLimit: number;
  readonly openVessel: OpenVessel;
  readonly logger: Logger;
  readonly clock: Clock;
  random(): number;
}

/** A module that was imported elsewhere, and is not started. */
export interface RemoteModule {
  /** Its default export, functions replaced by FUNCTION_MARK. */
  readonly definition: unknown;
  /** Makes it what it says it is. */
  host(options: HostOptions): Host;
  /** Ends it: it is of no use. */
  discard(): Promise<void>;
}

export interface HostOptions {
  readonly name: string;
  /** Valid already. */
  readonly settings: Record<string, unknown>;
  readonly memoryLimit?: number | undefined;
  /** It has a hook that is told of new settings. */
  readonly takesSettings: boolean;
  readonly telemetry: Telemetry;
}

/**
 * Imports a module in a thread or process of its own.
 * @throws HubhandError PLUGIN_INVALID if it cannot be imported, in time; nothing is left then
 */
export async function importElsewhere(options: RemoteModuleOptions): Promise<RemoteModule> {
  const { file, openVessel, clock, random } = options;
  let { name, memoryLimit } = options;
  let logger = options.logger.child({ plugin: name });
  /** Those that do not serve yet: nobody else knows them. */
  const starting = new Set<PluginInstance>();
  let isStopping = false;

  async function openOne(): Promise<PluginInstance> {
    const instance = await openInstance({
      async open(onMessage) {
        const vessel = await openVessel({ file, onMessage });
        watchMemory({ vessel, limit: () => memoryLimit, clock });
        return vessel;
      },
      plugin: () => name,
      logger: () => logger,
      clock,
    });
    starting.add(instance);
    if (isStopping) await instance.end("it is stopped");
    return instance;
  }

  /** Whatever fails at its start must not go on. */
  async function orEnd<T>(instance: PluginInstance, step: Promise<T>, what: string): Promise<T> {
    try {
      return await startInTime(step, what, clock);
    } catch (error) {
      starting.delete(instance);
      await instance.end(messageOf(error));
      throw error;
    }
  }

  let first: PluginInstance | undefined = await openOne();
  const definition = await orEnd(first, first.imported, "its import");

  async function endStarting(): Promise<void> {
    isStopping = true;
    await Promise.all([...starting].map((instance) => instance.end("it is stopped")));
  }

  return {
    definition,
    discard: endStarting,
    host(given) {
      ({ name, memoryLimit = memoryLimit } = given);
      let { settings } = given;
      logger = options.logger.child({ plugin: name });
      const keeper = createKeeper<PluginInstance>({
        plugin: name,
        logger: options.logger,
        clock,
        random,
        async open() {
          const instance = first ?? (await openOne());
          first = undefined;
          await orEnd(instance, instance.imported, "its import");
          await orEnd(instance, instance.start(name, settings, given.telemetry), "its start hook");
          starting.delete(instance);
          return instance;
        },
      });
      return {
        start: keeper.start,
        call: (invocation: Invocation) => keeper.withCurrent((instance) => instance.call(invocation)),
        runTask: (run) => keeper.withCurrent((instance) => instance.runTask(run)),
        handleMessage: (delivery) => keeper.withCurrent((instance) => instance.handleMessage(delivery)),
        changeSettings: (others, signal) =>
          whileKept(async () => {
            if (!given.takesSettings) return false;
            settings = others;
            await keeper.withCurrent((instance) => instance.changeSettings(others, signal));
            return true;
          }),
        stop: async () => void (await Promise.all([keeper.stop(), endStarting()])),
      };
    },
  };
}

import { systemClock } from "../clock.ts";
import { HOUR } from "../durations.ts";
import { messageOf } from "../errors.ts";
import { createDispatcher } from "../methods/dispatcher.ts";
import { createJobs } from "../methods/jobs/jobs.ts";
import type { JobRecord } from "../methods/jobs/record.ts";
import { forgetfulStore } from "../methods/jobs/store.ts";
import { createMethodRegistry } from "../methods/registry.ts";
import { createMetrics } from "../observe/metrics/metrics.ts";
import { changeSettings } from "../plugins/change-settings.ts";
import type { PluginDefinition } from "../plugins/define-plugin.ts";
import type { Plugin } from "../plugins/plugin.ts";
import type { SettingOutcomes } from "../plugins/setting-outcome.ts";
import type { TaskOutcome } from "../schedule/run-task.ts";
import { createSchedule } from "../schedule/schedule.ts";
import { BUILD } from "../version.ts";
import { type GiveMessage, messageGiver } from "./give-message.ts";
import { findTested } from "./load-tested.ts";
import { createTestLog, type TestLogLine } from "./test-log.ts";
import { createTestMessages } from "./test-messages.ts";
import type { MessageOutcome, MessageToPlugin, TestMessage } from "./told.ts";

const JOB_LIMITS = { concurrency: 16, kept: 200, keptFor: HOUR, longest: null };

export interface TestPluginOptions {
  /** What `plugins.settings.<name>` would hold; checked, and defaults filled in. */
  readonly settings?: Record<string, unknown>;
  /** The plugin's name, if it calls itself otherwise than its file; of a definition, "plugin" if nothing is said. */
  readonly name?: string;
  /** Asked instead of the declared `url`: where the test has started the service. */
  readonly url?: string;
}

/** What a caller would get. */
export interface TestReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it expects.
  readonly payload: any;
}

export interface TestedPlugin extends AsyncDisposable {
  readonly name: string;
  /** The names of its methods. */
  readonly methods: readonly string[];
  /** Calls a method under all the agent's rules: schema, time-out, concurrency, one reply. Never rejects. */
  call(method: string, payload?: unknown): Promise<TestReply>;
  /**
   * Gives a message to the handler of this name, once: what a failure would lead to is the agent's. Texts and bytes are
   * sent as they are, all else as JSON. Resolves to undefined if there is no such handler.
   */
  message(name: string, payload: unknown, given?: MessageToPlugin): Promise<MessageOutcome | undefined>;
  /** The job whose id a call was answered with, when it is over. */
  job(id: string): Promise<JobRecord>;
  /**
   * Changes settings as the device twin does: over those that the test began with, key by key. What is not named goes back
   * to what they were. Never rejects.
   * @returns what became of each, as the twin would be told it
   */
  changeSettings(desired: Record<string, unknown>): Promise<SettingOutcomes>;
  /** Runs a task now; undefined if there is none of that name. By itself none runs in a test. */
  runTask(task: string): Promise<TaskOutcome | undefined>;
  /** All that it has told the hub so far, its tasks included. */
  sent(): readonly TestMessage[];
  /** All that was logged so far. */
  log(): readonly TestLogLine[];
  /** Calls the stop hook and ends what runs. */
  stop(): Promise<void>;
}

/**
 * Loads and starts a plugin as the agent does, without a hub: its definition, or the path of its file or folder, of any
 * kind. Relative paths start at the working directory.
 * @throws HubhandError PLUGIN_INVALID with what the agent would say
 *
 * @example
 * await using relay = await testPlugin(definition, { settings: { pin: 27 } });
 * assert.deepEqual(await relay.call("relay.set", { on: true }), { status: 200, payload: { on: true } });
 */
export async function testPlugin(
  // biome-ignore lint/suspicious/noExplicitAny: a plugin of whatever settings.
  plugin: PluginDefinition<any> | string | URL,
  options: TestPluginOptions = {},
): Promise<TestedPlugin> {
  const { settings = {}, name, url } = options;
  const log = await createTestLog();
  const { logger } = log;
  const metrics = createMetrics(BUILD);
  const messages = createTestMessages(metrics);
  const registry = createMethodRegistry();
  const jobs = createJobs({ ...JOB_LIMITS, store: forgetfulStore, metrics, logger });
  const dispatcher = createDispatcher({ registry, metrics, logger, jobs });
  const schedule = createSchedule({ timezone: undefined, metrics, logger });
  const { telemetryFor } = messages;
  const { book, load } = await findTested(plugin, { name, settings, url, telemetryFor, logger });
  let loaded = await load();
  let calls = 0;
  let give: GiveMessage;
  try {
    give = messageGiver(loaded, logger);
    registry.add(loaded.methods);
    await start(loaded);
    schedule.add(byHand(loaded));
  } catch (error) {
    await loaded.stop();
    throw error;
  }

  function start(one: Plugin): Promise<void> {
    return one.start({
      up: () => {},
      down: (problem) => logger.warn({ plugin: one.name }, problem),
      restarted: () => {},
    });
  }

  /** Resolves to why the one before goes on. */
  async function reload(): Promise<string | undefined> {
    const before = loaded;
    let next: Plugin | undefined;
    try {
      next = await load();
      const giveNext = messageGiver(next, logger);
      await start(next);
      registry.replace(before.name, next.methods);
      schedule.replace(before.name, byHand(next));
      give = giveNext;
    } catch (error) {
      await next?.stop();
      return messageOf(error);
    }
    loaded = next;
    await before.idle();
    await before.stop();
    return undefined;
  }

  async function stop(): Promise<void> {
    await dispatcher.drain(0);
    await jobs.stop(0);
    await schedule.stop(0);
    await loaded.stop();
  }

  return {
    name: loaded.name,
    methods: loaded.methods.map((method) => method.name),
    call(method, payload) {
      calls += 1;
      const requestId = `test-${calls}`;
      return new Promise((resolve) => {
        dispatcher.dispatch({
          requestId,
          methodName: method,
          payload: Buffer.from(payload === undefined ? "" : JSON.stringify(payload)),
          reply: (status, body) => resolve({ status, payload: JSON.parse(body) as unknown }),
        });
      });
    },
    message: (message, payload, given) => give(message, payload, given),
    job: jobs.ended,
    async changeSettings(desired) {
      const change = { plugin: loaded.name, desired, serving: loaded, problem: undefined };
      return (await changeSettings({ ...change, book, reload, logger, clock: systemClock })) ?? {};
    },
    runTask: (task) => schedule.runNow(loaded.name, task),
    sent: messages.sent,
    log: log.lines,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A test decides when a task is done. */
const byHand = ({ tasks }: Plugin): Plugin["tasks"] => tasks.map((task) => ({ ...task, enabled: false }));

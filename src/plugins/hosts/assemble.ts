import { parseDuration } from "../../durations.ts";
import type { MessageHandler } from "../../messages/inbox/handler.ts";
import type { Handler, Method } from "../../methods/method.ts";
import { DEFAULT_RUN_MS } from "../../rules/task-rules.ts";
import type { Task } from "../../schedule/task.ts";
import { isThenable } from "../../thenable.ts";
import type { PluginOutline } from "../outline.ts";
import type { Plugin, PluginKind } from "../plugin.ts";
import type { Host } from "./host.ts";

/** What a method gets if its author says nothing; `timeout` in milliseconds. */
export interface MethodDefaults {
  readonly timeout: number;
  readonly concurrency: number;
  readonly queue: number;
  /** The same for handlers of messages, of which one runs at a time. */
  readonly messages?: MessageDefaults;
}

export interface MessageDefaults {
  readonly timeout: number;
  readonly queue: number;
}

/** As the configuration has it by default. */
const MESSAGE_DEFAULTS: MessageDefaults = { timeout: 30_000, queue: 50 };
export interface AssembleOptions {
  /** Checked already. */
  readonly outline: PluginOutline;
  readonly name: string;
  readonly kind: PluginKind;
  readonly defaults: MethodDefaults;
  readonly host: Host;
}

/** Joins what a plugin says of itself with what runs its code: the same options for every kind. */
export function assemblePlugin({ outline, name, kind, defaults, host }: AssembleOptions): Plugin {
  const busy = createBusyness();
  const jobs = createBusyness();
  const handler: Handler = (invocation) => busy.during(() => host.call(invocation));

  return {
    name,
    kind,
    version: outline.version,
    description: outline.description,
    telemetry: outline.telemetry,
    methods: Object.entries(outline.methods).map(([method, given]): Method => {
      const { timeout, concurrency, queue, ...described } = given;
      return {
        ...described,
        name: method,
        plugin: name,
        timeout: parseDuration(timeout ?? "") ?? defaults.timeout,
        concurrency: concurrency ?? defaults.concurrency,
        queue: queue ?? defaults.queue,
        handler,
        onJob: jobs.until,
      };
    }),
    tasks: Object.entries(outline.tasks).map(
      ([task, given]): Task => ({
        name: task,
        plugin: name,
        description: given.description,
        cron: given.cron,
        every: parseDuration(given.every ?? ""),
        timezone: given.timezone,
        jitter: parseDuration(given.jitter ?? ""),
        overlap: given.overlap ?? "skip",
        timeout: parseDuration(given.timeout ?? "") ?? DEFAULT_RUN_MS,
        runAtStart: given.runAtStart,
        catchUp: given.catchUp,
        run: (run) => busy.during(() => host.runTask({ ...run, task })),
      }),
    ),
    messages: Object.entries(outline.messages ?? {}).map(([message, given]): MessageHandler => {
      const { timeout, concurrency, queue, ...described } = given;
      const fallback = defaults.messages ?? MESSAGE_DEFAULTS;
      return {
        ...described,
        name: message,
        plugin: name,
        timeout: parseDuration(timeout ?? "") ?? fallback.timeout,
        concurrency: concurrency ?? 1,
        queue: queue ?? fallback.queue,
        handle: (delivery) => busy.during(() => host.handleMessage(delivery)),
      };
    }),
    start: host.start,
    ...(host.changeSettings === undefined ? {} : { changeSettings: host.changeSettings }),
    idle: busy.idle,
    jobsDone: jobs.idle,
    stop: host.stop,
  };
}

/** Knows whether any of the work that it was shown still goes on. */
function createBusyness() {
  let running = 0;
  let waiting: (() => void)[] = [];
  const over = (): void => {
    running -= 1;
    if (running > 0 || waiting.length === 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const until = (end: Promise<unknown>): void => {
    running += 1;
    end.then(over, over);
  };
  return {
    until,
    /** As it is called for each call, what is there at once is not made a promise. */
    during(work: () => unknown): unknown {
      running += 1;
      try {
        const result = work();
        if (!isThenable(result)) return result;
        // What is no promise of its own may do its work for each that asks for its end.
        const promise = Promise.resolve(result);
        until(promise);
        return promise;
      } finally {
        over();
      }
    },
    idle: (): Promise<void> =>
      running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
}

import { systemClock } from "../../../../clock.ts";
import type { JobWork } from "../../../../methods/method.ts";
import { handlerReply } from "../../../../methods/reply.ts";
import { isThenable } from "../../../../thenable.ts";
import type { CallContext, PluginContext, PluginDefinition } from "../../../define-plugin.ts";
import { crossed } from "../../message-payload.ts";
import { tellResult } from "../../task-telemetry.ts";
import type { Failure, FromPlugin, ToPlugin } from "../protocol.ts";
import type { createRemoteLog } from "./remote-log.ts";
import { createRemoteTelemetry } from "./remote-telemetry.ts";
import { throttleProgress } from "./throttle-progress.ts";
import { describeThrown } from "./thrown.ts";

/** Further answers to a call are told and dropped by the agent; of so many it need not hear. */
const MOST_EXTRA_REPLIES = 3;

export interface RunPluginOptions {
  readonly definition: PluginDefinition;
  post(message: FromPlugin): void;
  readonly log: ReturnType<typeof createRemoteLog>;
}

/** Runs what a definition has functions for, as the agent asks. */
export function runPlugin({ definition, post, log }: RunPluginOptions): (message: ToPlugin) => void {
  const { methods = {}, tasks = {}, messages = {} } = definition;
  const running = new Map<number, AbortController>();
  /** What calls that became jobs left to be done. */
  const works = new Map<number, JobWork>();
  let lastWork = 0;
  const telemetry = createRemoteTelemetry(post);
  let context: PluginContext = { plugin: "", settings: {}, log: log(), telemetry };
  let hasStarted = false;

  async function start({ plugin, settings }: ToPlugin & { type: "start" }): Promise<void> {
    context = { ...context, plugin, settings };
    try {
      await definition.start?.(context);
      hasStarted = true;
      post({ type: "started" });
    } catch (error) {
      post({ type: "start-failed", thrown: describeThrown(error) });
    }
  }

  async function stop(): Promise<void> {
    try {
      // What has not started has nothing to close, and an author need not think of it.
      if (hasStarted) await definition.stop?.(context);
      post({ type: "stopped" });
    } catch (error) {
      post({ type: "stop-failed", thrown: describeThrown(error) });
    }
  }

  async function call({ id, method, requestId, payload }: ToPlugin & { type: "call" }): Promise<void> {
    const given = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const handler = typeof given === "function" ? given : given?.handler;
    const replies = { sent: 0 };
    await run(id, (abort) => {
      if (handler === undefined)
        throw new Error(`the plugin's file has changed: it has no method ${method} any more`);
      const call: CallContext = {
        ...context,
        method,
        requestId,
        signal: abort.signal,
        // Made when it is asked for: most calls have nothing to say.
        get log() {
          return log(id);
        },
        reply: (status, answer) => {
          replies.sent += 1;
          if (replies.sent <= 1 + MOST_EXTRA_REPLIES) answerWith(id, status, answer);
        },
        job: (work) => {
          replies.sent += 1;
          if (replies.sent > 1 + MOST_EXTRA_REPLIES) return;
          lastWork += 1;
          works.set(lastWork, work);
          post({ type: "job", id, work: lastWork });
        },
      };
      return handler(payload, call);
    });
  }

  async function doWork({ id, work: key, job }: ToPlugin & { type: "job" }): Promise<void> {
    const work = works.get(key);
    works.delete(key);
    const throttle = throttleProgress({
      post: (text) => post({ type: "progress", id, text }),
      log,
      clock: systemClock,
    });
    await run(id, async ({ signal }) => {
      try {
        return await work?.({ id: job, signal, progress: throttle.progress });
      } finally {
        throttle.flush();
      }
    });
  }

  async function runTask({ id, task }: ToPlugin & { type: "task" }): Promise<void> {
    await run(id, async (abort) => {
      const given = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
      if (given === undefined)
        throw new Error(`the plugin's file has changed: it has no task ${task} any more`);
      const { signal } = abort;
      const result = await given.run({ ...context, task, signal, log: log(id) });
      await tellResult({ result, how: given.telemetry, telemetry, signal });
    });
  }

  async function handle({
    id,
    name,
    message,
    attempt,
    ...body
  }: ToPlugin & { type: "message" }): Promise<void> {
    await run(id, async ({ signal }) => {
      const given = Object.hasOwn(messages, name) ? messages[name] : undefined;
      const handler = typeof given === "function" ? given : given?.handler;
      if (handler === undefined)
        throw new Error(`the plugin's file has changed: it takes no messages ${name} any more`);
      // What it returns is of no use to anybody, and need not be JSON.
      await handler(crossed(body), { ...context, name, message, attempt, signal, log: log(id) });
    });
  }

  async function takeSettings({ id, settings }: ToPlugin & { type: "settings" }): Promise<void> {
    context = { ...context, settings };
    await run(id, async () => {
      await definition.settingsChanged?.(context);
    });
  }

  /** What is there at once is sent at once: the caller waits. */
  async function run(id: number, work: (abort: AbortController) => unknown): Promise<void> {
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const result = work(abort);
      const value = isThenable(result) ? await result : result;
      if (value === undefined) post({ type: "done", id, text: undefined });
      else {
        const reply = handlerReply(200, value);
        if (reply.outcome === "ok") post({ type: "done", id, text: reply.body });
        else post({ type: "failed", id, failure: failureOf(reply.body) });
      }
    } catch (error) {
      const thrown = describeThrown(error);
      post({ type: "failed", id, failure: { code: "METHOD_FAILED", message: thrown.message, thrown } });
    } finally {
      running.delete(id);
    }
  }

  function answerWith(id: number, status: number, answer: unknown): void {
    const reply = handlerReply(status, answer);
    if (reply.outcome === "ok" || reply.outcome === "handler_error")
      post({ type: "reply", id, status: reply.status, text: reply.body });
    else post({ type: "failed", id, failure: failureOf(reply.body) });
  }

  return (message) => {
    if (message.type === "call") void call(message);
    else if (message.type === "task") void runTask(message);
    else if (message.type === "message") void handle(message);
    else if (message.type === "job") void doWork(message);
    else if (message.type === "forget") works.delete(message.work);
    else if (message.type === "abort") running.get(message.id)?.abort(new Error(message.reason));
    else if (message.type === "settings") void takeSettings(message);
    else if (message.type === "telemetry-kept" || message.type === "telemetry-refused")
      telemetry.answer(message);
    else if (message.type === "start") void start(message);
    else if (message.type === "stop") void stop();
  };
}

/** From a reply of hubhand's own. */
const failureOf = (body: string): Failure => (JSON.parse(body) as { error: Failure }).error;

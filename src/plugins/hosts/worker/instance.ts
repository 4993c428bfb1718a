import { type Clock, waitAtMost } from "../../../clock.ts";
import { HubhandError } from "../../../errors.ts";
import type { Logger } from "../../../events/logger.ts";
import type { Delivery } from "../../../messages/inbox/handler.ts";
import type { Telemetry } from "../../../messages/telemetry.ts";
import { JsonText } from "../../../methods/json-text.ts";
import type { Invocation, JobRun } from "../../../methods/method.ts";
import type { TaskRun } from "../host.ts";
import type { Instance } from "../keeper.ts";
import { crossing } from "../message-payload.ts";
import { createFloodGuard } from "./flood.ts";
import { heard } from "./heard.ts";
import { createHeldThread } from "./held-thread.ts";
import { type LogWriter, writePluginLog } from "./plugin-log.ts";
import type { FromPlugin } from "./protocol.ts";
import { errorOf, failureOf } from "./received-errors.ts";
import { receiveMessages, type TakeMessage } from "./received-messages.ts";
import type { Vessel } from "./vessel.ts";

/** How long a stop hook may take; the agent waits two seconds in all. */
const STOP_GRACE_MS = 1_500;

/** One thread or process with the plugin in it, as the agent sees it. */
export interface PluginInstance extends Instance {
  /** Resolves to the default export, as data; rejects with what was wrong with the import. */
  readonly imported: Promise<unknown>;
  /** Calls the start hook. @param telemetry takes what it tells the hub from now on */
  start(plugin: string, settings: Record<string, unknown>, telemetry: Telemetry): Promise<void>;
  call(invocation: Invocation): Promise<unknown>;
  runTask(run: TaskRun): Promise<unknown>;
  handleMessage(delivery: Delivery): Promise<unknown>;
  /** Calls the hook that is told of new settings; rejects with what it throws. */
  changeSettings(settings: Record<string, unknown>, signal: AbortSignal): Promise<unknown>;
  /** Ends it at once. */
  end(why: string): Promise<void>;
}

export interface InstanceOptions {
  /** Opens the vessel; its messages come to the function given. */
  open(onMessage: (message: unknown) => void): Promise<Vessel>;
  /** The plugin's name as far as it is known: for messages. */
  plugin(): string;
  /** Its lines carry the plugin's name. */
  logger(): Logger;
  readonly clock: Clock;
}

/** A call or a run that is owed an end. */
interface Pending {
  readonly what: string;
  readonly logger: () => Logger;
  reply(status: number, payload: unknown): void;
  /** Of a call, which may become a job. */
  readonly job?: Invocation["job"];
  /** Of the work of a job. */
  readonly progress?: JobRun["progress"];
  hasReplied?: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Work for the code elsewhere. */
type Work = Pick<Invocation, "signal"> & Omit<Pending, "hasReplied" | "resolve" | "reject">;

export async function openInstance(options: InstanceOptions): Promise<PluginInstance> {
  const { plugin, logger, clock } = options;
  const pending = new Map<number, Pending>();
  /** Calls that became jobs: what their work writes to the log is still of them. */
  const jobCalls = new Map<number, Pending>();
  const imported = Promise.withResolvers<unknown>();
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const log: LogWriter = writePluginLog(logger);
  const isNoFlood = createFloodGuard(clock);
  /** None before its start: until then it may not be what it says it is. */
  let takeMessage: TakeMessage = () => false;
  let isBroken = false;
  let lastId = 0;
  let death: HubhandError | undefined;

  // Whoever waits for them hears of it; nobody may.
  for (const { promise } of [imported, started, stopped]) promise.catch(() => {});
  /** What comes before the vessel is known waits for it. */
  let early: unknown[] | undefined = [];
  const vessel = await options.open((data) => (early === undefined ? receive(data) : void early.push(data)));
  const ended = vessel.ended.then((why) => {
    death = new HubhandError("METHOD_FAILED", `plugin "${plugin()}" ended before it answered: ${why}`);
    for (const one of pending.values()) one.reject(death);
    pending.clear();
    for (const step of [imported, started]) step.reject(new HubhandError("PLUGIN_INVALID", why));
    stopped.resolve();
    return why;
  });

  const thread = createHeldThread({ vessel, clock });

  for (const data of early) receive(data);
  early = undefined;

  function receive(data: unknown): void {
    if (isBroken) return;
    const message = heard(data);
    if (message !== undefined && isAllowed(message)) {
      hear(message);
      return;
    }
    isBroken = true;
    void vessel.end(
      `it sent the agent ${message === undefined ? "what no plugin sends" : "too many messages"}`,
    );
  }

  /** What answers a call is as much as there are calls; of the rest our own code over there sends little. */
  function isAllowed(message: FromPlugin): boolean {
    if ((message.type === "done" || message.type === "failed") && pending.has(message.id)) return true;
    if (message.type === "reply" && isFirstReply(message.id)) return true;
    if (message.type === "telemetry") return takeMessage(message);
    return isNoFlood(pending.size + jobCalls.size);
  }

  function isFirstReply(id: number): boolean {
    const call = pending.get(id);
    if (call === undefined || call.hasReplied) return false;
    call.hasReplied = true;
    return true;
  }

  function hear(message: FromPlugin): void {
    switch (message.type) {
      case "imported":
        imported.resolve(message.definition);
        break;
      case "import-failed":
        imported.reject(
          new HubhandError("PLUGIN_INVALID", message.problem, { cause: errorOf(message.thrown) }),
        );
        break;
      case "started":
        started.resolve();
        break;
      case "start-failed":
        started.reject(errorOf(message.thrown));
        break;
      case "stopped":
        stopped.resolve();
        break;
      case "stop-failed":
        stopped.reject(errorOf(message.thrown));
        break;
      case "telemetry": // It is taken already, or refused.
        break;
      case "alive":
        thread.answered();
        break;
      case "done":
        take(message.id)?.resolve(message.text === undefined ? undefined : new JsonText(message.text));
        break;
      case "failed":
        take(message.id)?.reject(failureOf(message.failure));
        break;
      case "reply":
        pending.get(message.id)?.reply(message.status, new JsonText(message.text));
        break;
      case "job":
        becomeJob(message.id, message.work);
        break;
      case "progress":
        pending.get(message.id)?.progress?.(new JsonText(message.text));
        break;
      case "log":
        log.line(message, message.id === undefined ? undefined : known(message.id)?.logger());
        break;
      case "output":
        log.output(message);
        break;
      case "dropped":
        log.dropped(message.lines);
        break;
      case "uncaught":
        log.uncaught(message.kind, errorOf(message.thrown));
        break;
    }
  }

  function take(id: number): Pending | undefined {
    const one = pending.get(id);
    pending.delete(id);
    return one;
  }

  const known = (id: number): Pending | undefined => pending.get(id) ?? jobCalls.get(id);

  /** The work stays there; here are its beginning and its end. */
  function becomeJob(id: number, work: number): void {
    const call = pending.get(id);
    if (call?.job === undefined) {
      vessel.post({ type: "forget", work });
      return;
    }
    const { what, logger: lines, job } = call;
    jobCalls.set(id, call);
    const over = job(({ id: jobId, signal, progress }) =>
      send((runId) => ({ type: "job", id: runId, work, job: jobId }), {
        what: `a job of ${what}`,
        signal,
        logger: lines,
        reply: () => {},
        progress,
      }),
    );
    void over.then(() => {
      jobCalls.delete(id);
      vessel.post({ type: "forget", work });
    });
  }

  function send(message: (id: number) => Parameters<Vessel["post"]>[0], work: Work): Promise<unknown> {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      if (death !== undefined) return reject(death);
      pending.set(id, { ...work, resolve, reject });
      vessel.post(message(id));
      const giveUp = (): void => {
        if (pending.has(id)) abort(id, work);
      };
      if (work.signal.aborted) giveUp();
      else work.signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  function abort(id: number, { what, signal }: Work): void {
    const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
    vessel.post({ type: "abort", id, reason });
    thread.ask(what);
  }

  return {
    ended,
    imported: imported.promise,
    start(name, settings, telemetry) {
      takeMessage = receiveMessages({ telemetry, post: vessel.post, clock });
      vessel.post({ type: "start", plugin: name, settings });
      return started.promise;
    },
    call(invocation) {
      const { method, requestId, payload, signal, reply, job } = invocation;
      return send((id) => ({ type: "call", id, method, requestId, payload }), {
        what: `method ${method}`,
        signal,
        logger: () => invocation.logger,
        reply,
        job,
      });
    },
    runTask: ({ task, signal, logger: lines }) =>
      send((id) => ({ type: "task", id, task }), {
        what: `task ${task}`,
        signal,
        logger: () => lines,
        reply: () => {},
      }),
    handleMessage: (delivery) =>
      send((id) => ({ type: "message", id, ...crossing(delivery) }), {
        what: `messages ${delivery.name}`,
        signal: delivery.signal,
        logger: () => delivery.logger,
        reply: () => {},
      }),
    changeSettings: (settings, signal) =>
      send((id) => ({ type: "settings", id, settings }), {
        what: "its settingsChanged hook",
        signal,
        logger,
        reply: () => {},
      }),
    end: (why) => vessel.end(why),
    async stop() {
      vessel.post({ type: "stop" });
      try {
        await withinGrace(stopped.promise);
      } finally {
        await vessel.end("it was stopped");
      }
    },
  };

  async function withinGrace(hook: Promise<void>): Promise<void> {
    let over = false;
    const done = hook.finally(() => {
      over = true;
    });
    await waitAtMost(done, STOP_GRACE_MS, clock);
    if (over) await done;
    else
      logger().warn(
        { event: "plugin.stop-timed-out" },
        "the stop hook did not end in time, and is ended by force",
      );
  }
}

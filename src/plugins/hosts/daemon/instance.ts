import type { Logger } from "pino";
import { type Clock, waitAtMost } from "../../../clock.ts";
import { SECOND } from "../../../durations.ts";
import { HubhandError } from "../../../errors.ts";
import type { Invocation } from "../../../methods/method.ts";
import { MEBIBYTE } from "../../../sizes.ts";
import { createAllowance } from "../allowance.ts";
import { type ChildSettings, READ_GRACE_MS, startChild } from "../child/child.ts";
import { logErrorLines } from "../child/error-lines.ts";
import type { TaskRun } from "../host.ts";
import type { Instance } from "../keeper.ts";
import { readLines } from "./lines.ts";
import { type FromDaemon, readLine, type ToDaemon } from "./protocol.ts";

/** How long it may take to say that it is ready. */
const READY_LIMIT_MS = 9 * SECOND;
/** How long it may take to end by itself when it is told to stop. */
const STOP_GRACE_MS = 600;
/** One that says nothing at all for so long after a call was over its time is stuck. */
const SILENCE_LIMIT_MS = 10 * SECOND;
/** What may wait for a daemon that does not read. */
const MOST_WAITING_BYTES = MEBIBYTE;
/** Calls that are over are remembered, as far as this, to know a late reply from one to nothing. */
const MOST_OVERDUE = 256;

/** One process of a daemon. */
export interface DaemonInstance extends Instance {
  /** Resolves when it says so; rejects if it ends before, or takes too long. */
  readonly ready: Promise<void>;
  call(invocation: Invocation): Promise<void>;
  runTask(run: TaskRun): Promise<void>;
}

export interface DaemonInstanceOptions extends ChildSettings {
  readonly settings: Record<string, unknown>;
  /** Its lines carry the plugin's name. */
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A call or a run of a task that is under way. */
interface Pending {
  readonly logger: () => Logger;
  reply(status: number, payload: unknown): void;
  resolve(): void;
  reject(error: Error): void;
}

export function openDaemon(options: DaemonInstanceOptions): DaemonInstance {
  const { declaration, settings, logger, clock } = options;
  const child = startChild(options, { variables: {} });
  const errors = logErrorLines(child.stderr, { logger: () => logger, clock });
  const ready = Promise.withResolvers<void>();
  const pending = new Map<string, Pending>();
  const overdue = new Map<string, Pending>();
  let lastId = 0;
  let lastHeard = clock.now();
  let isStopping = false;
  let hasEnded = false;
  const complaints = createAllowance({
    now: clock.now,
    setTimer: clock.setTimer,
    tell: (lines) => logger.warn({ lines }, "the daemon says too much: lines of it were dropped"),
  });

  const cancelLimit = clock.setTimer(READY_LIMIT_MS, () =>
    ready.reject(invalid(`the daemon did not say {"type":"ready"} within ${READY_LIMIT_MS / SECOND} s`)),
  );
  const read = readLines(child.stdout, {
    onLine(line) {
      lastHeard = clock.now();
      const said = readLine(line);
      if (!("problem" in said)) hear(said);
      else if (complaints.take()) logger.warn("the daemon says what is not understood: %s", said.problem);
    },
    onTooLong: () => logger.warn("the daemon wrote a line of over 1 MiB; it is thrown away"),
    clock,
  });
  const ended = child.ended.then(async ({ why }) => {
    hasEnded = true;
    cancelLimit();
    // Its last words may be an answer. What it leaves behind must be gone before another is started.
    const rest = waitAtMost(Promise.all([read, errors.read]), READ_GRACE_MS, clock);
    await Promise.all([rest, child.kill()]);
    const reason = `${why}${errors.last()}`;
    if (!isStopping) errors.tellDropped();
    ready.reject(invalid(`the daemon ended before it was ready: ${reason}`));
    const message = `plugin "${declaration.name}" ended before it answered: ${reason}`;
    for (const one of pending.values()) one.reject(new HubhandError("METHOD_FAILED", message));
    pending.clear();
    child.stdout.destroy();
    child.stderr.destroy();
    return reason;
  });
  ready.promise.then(cancelLimit, cancelLimit);

  tell({ type: "start", protocol: 1, plugin: declaration.name, settings });

  function tell(message: ToDaemon): void {
    if (!child.stdin.writableEnded) child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  function hear(said: FromDaemon): void {
    switch (said.type) {
      case "ready":
        ready.resolve();
        break;
      case "log": {
        const of = said.id === undefined ? undefined : pending.get(said.id);
        if (complaints.take()) (of?.logger() ?? logger)[said.level](said.fields, "%s", said.message);
        break;
      }
      case "reply":
        finish(said.id, (one) => {
          one.reply(said.status ?? 200, said.payload);
          one.resolve();
        });
        break;
      case "error":
        finish(said.id, (one) => one.reject(new Error(said.message)));
        break;
    }
  }

  function finish(id: string, how: (one: Pending) => void): void {
    const one = pending.get(id);
    if (one !== undefined) {
      pending.delete(id);
      remember(id, one);
      how(one);
      return;
    }
    if (!complaints.take()) return;
    const known = overdue.get(id);
    // A second answer to the same call is told as one, by whoever counts replies.
    if (known === undefined) logger.warn({ id }, "the daemon answers what nobody asked");
    else how(known);
  }

  function remember(id: string, one: Pending): void {
    overdue.set(id, one);
    const [oldest] = overdue.keys();
    if (overdue.size > MOST_OVERDUE && oldest !== undefined) overdue.delete(oldest);
  }

  function send(
    message: (id: string) => ToDaemon,
    work: Pick<Pending, "logger" | "reply"> & { signal: AbortSignal },
  ): Promise<void> {
    // Its last words are still read; whoever keeps it does not know yet.
    if (hasEnded)
      throw new HubhandError("PLUGIN_DOWN", `plugin "${declaration.name}" has just ended; call again soon`);
    if (child.stdin.writableLength > MOST_WAITING_BYTES)
      throw new HubhandError("METHOD_BUSY", `plugin "${declaration.name}" does not read its calls`);
    lastId += 1;
    const id = String(lastId);
    return new Promise((resolve, reject) => {
      pending.set(id, { ...work, resolve, reject });
      tell(message(id));
      const cancel = (): void => giveUp(id, work.signal.reason);
      if (work.signal.aborted) cancel();
      else work.signal.addEventListener("abort", cancel, { once: true });
    });
  }

  function giveUp(id: string, reason: unknown): void {
    const one = pending.get(id);
    if (one === undefined) return;
    pending.delete(id);
    remember(id, one);
    tell({ type: "cancel", id });
    one.reject(reason instanceof Error ? reason : new Error(String(reason)));
    const since = clock.now();
    const cancel = clock.setTimer(SILENCE_LIMIT_MS, () => {
      if (lastHeard >= since || isStopping) return;
      logger.warn("the daemon says nothing since a call was over its time; it is ended");
      void child.kill();
    });
    void child.ended.then(cancel);
  }

  return {
    ready: ready.promise,
    ended,
    call: async ({ method, requestId, timeout, payload, signal, reply, ...invocation }) =>
      send((id) => ({ type: "call", id, method, payload, requestId, timeoutMs: timeout }), {
        signal,
        reply,
        logger: () => invocation.logger,
      }),
    runTask: async ({ task, signal, logger: lines }) =>
      send((id) => ({ type: "task", id, task }), { signal, reply: () => {}, logger: () => lines }),
    async stop() {
      isStopping = true;
      tell({ type: "stop" });
      child.stdin.end();
      await waitAtMost(child.ended, STOP_GRACE_MS, clock);
      await child.end();
    },
  };
}

const invalid = (message: string): HubhandError => new HubhandError("PLUGIN_INVALID", message);

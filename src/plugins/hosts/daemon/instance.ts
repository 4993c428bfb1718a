import { type Clock, waitAtMost } from "../../../clock.ts";
import { SECOND } from "../../../durations.ts";
import { HubhandError } from "../../../errors.ts";
import { forAuthor, type Logger } from "../../../events/logger.ts";
import type { Delivery } from "../../../messages/inbox/handler.ts";
import type { Telemetry } from "../../../messages/telemetry.ts";
import type { Invocation } from "../../../methods/method.ts";
import { MEBIBYTE } from "../../../sizes.ts";
import { invalidPlugin } from "../../check-outline.ts";
import { createAllowance } from "../allowance.ts";
import { type ChildSettings, READ_GRACE_MS, startChild } from "../child/child.ts";
import { logErrorLines } from "../child/error-lines.ts";
import type { TaskRun } from "../host.ts";
import { writeJsonLines } from "../json-lines.ts";
import type { Instance } from "../keeper.ts";
import { readLines } from "../lines.ts";
import { createMessageIntake } from "../message-intake.ts";
import { crossing } from "../message-payload.ts";
import { createAsked, type Work } from "./asked.ts";
import { type FromDaemon, readLine, type ToDaemon } from "./protocol.ts";

/** How long it may take to say that it is ready. */
const READY_LIMIT_MS = 9 * SECOND;
/** How long it may take to end by itself when it is told to stop. */
const STOP_GRACE_MS = 600;
/** One that says nothing at all for so long after a call was over its time is stuck. */
const SILENCE_LIMIT_MS = 10 * SECOND;
/** What may wait for a daemon that does not read. */
const MOST_WAITING_BYTES = MEBIBYTE;

/** One process of a daemon. */
export interface DaemonInstance extends Instance {
  /** Resolves when it says so; rejects if it ends before, or takes too long. */
  readonly ready: Promise<void>;
  call(invocation: Invocation): Promise<void>;
  /** Resolves to the payload of its reply; rejects if that has a status from 400 on. */
  runTask(run: TaskRun): Promise<unknown>;
  /** The same of a message, whose reply says that it is handled. */
  handleMessage(delivery: Delivery): Promise<unknown>;
  /** Resolves when it has taken them; to false if it is none that does. Rejects if it could not use them. */
  changeSettings(settings: object, signal: AbortSignal): Promise<boolean>;
}

export interface DaemonInstanceOptions extends ChildSettings {
  readonly settings: Record<string, unknown>;
  readonly telemetry: Telemetry;
  /** Its lines carry the plugin's name. */
  readonly logger: Logger;
  readonly clock: Clock;
}

export function openDaemon(options: DaemonInstanceOptions): DaemonInstance {
  const { declaration, settings, telemetry, logger, clock } = options;
  const child = startChild(options, { variables: {} });
  const tell = writeJsonLines<ToDaemon>(child.stdin);
  const errors = logErrorLines(child.stderr, { logger: () => logger, clock });
  const ready = Promise.withResolvers<void>();
  let lastHeard = clock.now();
  let isStopping = false;
  let hasEnded = false;
  let takesSettings = false;
  const intake = createMessageIntake({ telemetry, clock });
  const asked = createAsked({ tell, onCancelled: watchSilence });
  const allowance = createAllowance({
    now: clock.now,
    setTimer: clock.setTimer,
    tell: (lines) =>
      logger.warn(
        { event: "plugin.lines-dropped", lines },
        "the daemon says too much: lines of it were dropped",
      ),
  });

  const cancelLimit = clock.setTimer(READY_LIMIT_MS, () =>
    ready.reject(
      invalidPlugin(`the daemon did not say {"type":"ready"} within ${READY_LIMIT_MS / SECOND} s`),
    ),
  );
  ready.promise.then(cancelLimit, cancelLimit);
  const read = readLines(child.stdout, {
    onLine(line) {
      lastHeard = clock.now();
      const said = readLine(line);
      if ("problem" in said) complain(said.problem);
      else hear(said, line.length);
    },
    room: intake.room,
    onTooLong: () =>
      logger.warn(
        { event: "plugin.line-too-long" },
        "the daemon wrote a line of over 1 MiB; it is thrown away",
      ),
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
    ready.reject(invalidPlugin(`the daemon ended before it was ready: ${reason}`));
    asked.failAll(
      new HubhandError("METHOD_FAILED", `plugin "${declaration.name}" ended before it answered: ${reason}`),
    );
    child.stdout.destroy();
    child.stderr.destroy();
    return reason;
  });
  tell({ type: "start", protocol: 1, plugin: declaration.name, settings });

  function complain(problem: string): void {
    if (allowance.take())
      logger.warn({ event: "plugin.not-understood" }, "the daemon says what is not understood: %s", problem);
  }

  function hear(said: FromDaemon, length: number): void {
    switch (said.type) {
      case "ready":
        ({ takesSettings } = said);
        ready.resolve();
        break;
      case "log":
        if (!allowance.take()) break;
        forAuthor(asked.logger(said.id ?? "") ?? logger)[said.level](said.fields, "%s", said.message);
        break;
      case "reply": {
        const { id, status = 200, payload } = said;
        if (asked.answer(id, status, payload) || !allowance.take()) break;
        if (!asked.answerLate(id, status, payload))
          logger.warn({ event: "plugin.unasked-answer", id }, "the daemon answers what nobody asked");
        break;
      }
      case "error":
        if (!asked.fail(said.id, new HubhandError("METHOD_FAILED", said.message)) && allowance.take())
          logger.warn(
            { event: "plugin.late-failure", id: said.id, problem: said.message },
            "the daemon failed at what is over",
          );
        break;
      case "telemetry":
        intake.add({
          body: said.body,
          options: said.options,
          length,
          kept: (messageId) => answerMessage(said.id, (id) => ({ type: "kept", id, messageId })),
          refused(code, message) {
            if (said.id !== undefined)
              answerMessage(said.id, (id) => ({ type: "refused", id, error: { code, message } }));
            else if (allowance.take())
              logger.warn(
                { event: "plugin.message-refused", code },
                "a message of the daemon is not sent: %s",
                message,
              );
          },
        });
        break;
      case "job":
        if (!asked.becomeJob(said.id)) complain(`a job of what is no call, or is over: ${said.id}`);
        break;
      case "progress":
        if (!asked.progress(said.id, said.progress)) complain(`a progress of what is no job: ${said.id}`);
        break;
    }
  }

  /** One that asks for answers and reads none must not fill our memory with them. */
  function answerMessage(id: string | undefined, message: (id: string) => ToDaemon): void {
    if (id === undefined || hasEnded) return;
    if (child.stdin.writableLength <= MOST_WAITING_BYTES) tell(message(id));
    else complain("it does not read what became of its messages");
  }

  function watchSilence(): void {
    const since = clock.now();
    const cancel = clock.setTimer(SILENCE_LIMIT_MS, () => {
      if (lastHeard >= since || isStopping) return;
      logger.warn(
        { event: "plugin.silent" },
        "the daemon says nothing since a call was over its time; it is ended",
      );
      void child.kill();
    });
    void child.ended.then(cancel);
  }

  async function ask(message: (id: string) => ToDaemon, work: Work): Promise<void> {
    // Its last words are still read; whoever keeps it does not know yet.
    if (hasEnded)
      throw new HubhandError("PLUGIN_DOWN", `plugin "${declaration.name}" has just ended; call again soon`);
    if (child.stdin.writableLength > MOST_WAITING_BYTES)
      throw new HubhandError("METHOD_BUSY", `plugin "${declaration.name}" does not read its calls`);
    await asked.ask(message, work);
  }

  /** Of what has no caller, an answer with a status from 400 on is a failure. */
  async function askOnce(
    message: (id: string) => ToDaemon,
    what: string,
    { signal, logger: lines }: Pick<TaskRun, "signal" | "logger">,
  ): Promise<unknown> {
    let end: { readonly status: number; readonly payload: unknown } | undefined;
    const reply = (status: number, payload: unknown): void => {
      end ??= { status, payload };
    };
    await ask(message, { signal, reply, logger: () => lines });
    if (end !== undefined && end.status >= 400)
      throw new Error(`the daemon ended ${what} with status ${end.status}`);
    return end?.payload;
  }

  return {
    ready: ready.promise,
    ended,
    call(invocation) {
      const { method, requestId, timeout, payload, signal, reply, job } = invocation;
      return ask((id) => ({ type: "call", id, method, payload, requestId, timeoutMs: timeout }), {
        signal,
        reply,
        job,
        logger: () => invocation.logger,
      });
    },
    runTask: ({ task, ...run }) => askOnce((id) => ({ type: "task", id, task }), "the task", run),
    handleMessage(delivery) {
      const { timeout: timeoutMs } = delivery;
      const message = crossing(delivery);
      return askOnce((id) => ({ type: "message", id, ...message, timeoutMs }), "the message", delivery);
    },
    async changeSettings(given, signal) {
      if (!takesSettings) return false;
      let answer = 200;
      await ask((id) => ({ type: "settings", id, settings: given }), {
        signal,
        reply: (status) => {
          answer = status;
        },
        logger: () => logger,
      });
      if (answer >= 400) throw new Error(`the daemon answered the new settings with status ${answer}`);
      return true;
    },
    async stop() {
      isStopping = true;
      tell({ type: "stop" });
      child.stdin.end();
      await waitAtMost(child.ended, STOP_GRACE_MS, clock);
      await child.end();
    },
  };
}

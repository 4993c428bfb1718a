import { type Clock, systemClock } from "../../clock.ts";
import { cut } from "../../cut.ts";
import { type Duration, MINUTE } from "../../durations.ts";
import type { Telemetry, TelemetryOptions } from "../../messages/telemetry.ts";
import type { Dispatcher } from "../../methods/dispatcher.ts";
import type { Method } from "../../methods/method.ts";
import type { WrittenTask, WrittenTasks } from "../../rules/written-tasks.ts";
import type { Task } from "../../schedule/task.ts";
import { withMeant } from "../../suggest.ts";

export interface MethodTasksOptions {
  readonly dispatcher: Pick<Dispatcher, "dispatch">;
  /** Where answers go that are to be sent. */
  readonly telemetry: Telemetry;
  readonly clock?: Clock;
}

/** What a method answered. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

/** How much of an answer a log line takes. */
const MOST_TOLD = 500;

/**
 * A device that restarts as soon as it has started is never in reach for whoever would take the task back: the twin's tasks
 * are done before the hub is there.
 */
const ENDING = ["hubhand.restart", "hubhand.reboot"];
const LEAST_UPTIME_MS = 10 * MINUTE;

/**
 * What tasks of the device's own do: they call one of its methods as the hub would, under the same rules, and may send
 * its answer on. A run has failed if the method's status is 400 or more.
 */
export function methodTasks({ dispatcher, telemetry, clock = systemClock }: MethodTasksOptions) {
  const startedAt = clock.now();
  let calls = 0;

  function call(name: string, { method = "", payload }: WrittenTask): Promise<Answer> {
    calls += 1;
    const requestId = `task-${name}-${calls}`;
    return new Promise((resolve) => {
      dispatcher.dispatch({
        requestId,
        methodName: method,
        payload: Buffer.from(payload === undefined ? "" : JSON.stringify(payload)),
        reply: (status, body) => resolve({ status, body }),
      });
    });
  }

  return (name: string, written: WrittenTask): Task["run"] =>
    async ({ signal, logger }) => {
      if (ENDING.includes(written.method ?? "") && clock.now() - startedAt < LEAST_UPTIME_MS)
        throw new Error(
          `${written.method} is not called by a task in the first ten minutes after a start: the device could not be reached between its restarts`,
        );
      const { status, body } = await call(name, written);
      if (status >= 400) {
        throw failure(`the method ${written.method} answered ${status}: ${tell(body)}`);
      }
      // What comes after the run's time is not what was asked for.
      if (signal.aborted || !written.telemetry) return;
      const { messageId } = await telemetry.send(JSON.parse(body), telemetryOptions(name, written));
      logger.debug({ event: "task.answer-sent", messageId }, "the method's answer is sent as telemetry");
    };
}

/** What the agent says itself in its words (`METHOD_NOT_FOUND: …`), all else as it is. */
function tell(body: string): string {
  const { error } = Object(JSON.parse(body)) as { error?: { code?: unknown; message?: unknown } };
  const told =
    typeof error?.code === "string" && typeof error.message === "string"
      ? `${error.code}: ${error.message}`
      : body;
  return cut(told, MOST_TOLD);
}

/** Where it was made tells nobody what is wrong. */
function failure(message: string): Error {
  const error = new Error(message);
  delete error.stack;
  return error;
}

/** Which methods there are, as far as names go. */
export interface KnownMethods {
  get(name: string): object | undefined;
  list(): readonly Pick<Method, "name">[];
}

/** Tasks of the device's own whose method is not there: `night runs relay.sett (did you mean relay.set?)`. */
export function lackingMethods(tasks: WrittenTasks, methods: KnownMethods): readonly string[] {
  return Object.entries(tasks).flatMap(([task, { method }]) => {
    if (method === undefined || methods.get(method) !== undefined) return [];
    const known = methods.list().map(({ name }) => name);
    return `${task} runs ${withMeant(method, known)}`;
  });
}

function telemetryOptions(name: string, { telemetry }: WrittenTask): TelemetryOptions {
  if (typeof telemetry !== "object") return { stream: name };
  const { timeToLive, ...rest } = telemetry;
  return {
    stream: name,
    ...rest,
    // Checked when it was read.
    ...(timeToLive === undefined ? {} : { timeToLive: timeToLive as Duration }),
  };
}

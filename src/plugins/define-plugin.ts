import type { Duration } from "../durations.ts";
import type { MessageFacts } from "../messages/inbox/handler.ts";
import type { Telemetry, TelemetryOptions } from "../messages/telemetry.ts";
import type { JobRun, JobWork, JsonSchema } from "../methods/method.ts";
import type { PayloadOf } from "./payload-type.ts";
import type { PluginLog } from "./plugin-log.ts";

export type { Duration, JobRun, JobWork, JsonSchema, PluginLog, Telemetry, TelemetryOptions };

/** A number and its unit: `64MiB`, `1GiB`. */
export type Size = `${number}${"KiB" | "MiB" | "GiB"}`;

/** What every function of a plugin gets. */
export interface PluginContext<Settings = Record<string, unknown>> {
  /** The plugin's name. */
  readonly plugin: string;
  /**
   * From the configuration, `plugins.settings.<name>`, with what the device twin desires over it; valid against the plugin's
   * `settings` schema.
   */
  readonly settings: Settings;
  /** Writes to the agent's log: `log.info({ degrees: 21 }, "measured")`. */
  readonly log: PluginLog;
  /** Tells the hub, whether it is in reach or not: `await telemetry.send({ degrees: 21 })`. */
  readonly telemetry: Telemetry;
}

/** What a method's handler gets besides the payload. */
export interface CallContext<Settings = Record<string, unknown>> extends PluginContext<Settings> {
  readonly method: string;
  readonly requestId: string;
  /** Fires when the call's time is over or the agent stops: give up what you do. */
  readonly signal: AbortSignal;
  /**
   * Answers now, with a status of your own. Work may go on afterwards, but a further answer is dropped and told.
   * @param status any whole number from 1; 200 is good, from 400 on it counts as an error
   * @param payload what JSON can say; nothing is `null`
   */
  reply(status: number, payload?: unknown): void;
  /**
   * Answers 202 `{"jobId": "…"}`, then does the work in the background, for as long as it takes. Its result, its failure
   * and its progress are kept on disk and told by `hubhand.job`; `hubhand.cancelJob` fires the work's signal. If too
   * many jobs run, the caller gets 429 and no work is done.
   *
   * @example
   * handler: (payload, context) =>
   *   context.job(async ({ progress, signal }) => {
   *     for (const [index, block] of payload.blocks.entries()) {
   *       await write(block, { signal });
   *       progress({ written: index + 1, of: payload.blocks.length });
   *     }
   *     return { written: payload.blocks.length };
   *   })
   */
  job(work: JobWork): void;
}

/** What a scheduled task gets. */
export interface TaskContext<Settings = Record<string, unknown>> extends PluginContext<Settings> {
  readonly task: string;
  /** Fires when the run's time is over or the agent stops. */
  readonly signal: AbortSignal;
}

/**
 * Answers a call: what it returns (or resolves to) is the payload of a reply with status 200; nothing is `null`.
 * A throw is a 500 `METHOD_FAILED` with the error's message.
 */
// biome-ignore lint/suspicious/noExplicitAny: an author states the payload's type, and `schema` makes it true.
export type MethodHandler<Settings = Record<string, unknown>, Payload = any> = (
  payload: Payload,
  context: CallContext<Settings>,
) => unknown;

export interface MethodDefinition<Settings = Record<string, unknown>> {
  readonly description?: string;
  /**
   * JSON Schema (2020-12) of the payload. One that does not fit is answered with 400 and never reaches the handler.
   * `format` is a remark for readers, not checked; a `pattern` is.
   */
  readonly schema?: JsonSchema;
  /** JSON Schema of the reply's payload, for those who call. */
  readonly replySchema?: JsonSchema;
  /** The latest reply after a call's arrival; default `methods.timeout`, at most 5m: the hub waits no longer. */
  readonly timeout?: Duration;
  /** How many calls run at once; default `methods.concurrency`. */
  readonly concurrency?: number;
  /** How many more wait; default `methods.queue`. */
  readonly queue?: number;
  readonly handler: MethodHandler<Settings>;
}

/** How the result of a task is sent. */
export type TaskTelemetry = Omit<TelemetryOptions, "messageId" | "correlationId">;

export interface TaskDefinition<Settings = Record<string, unknown>> {
  readonly description?: string;
  /** When it is done: five fields, or six with seconds first: `0 3 * * *`. In its place: `every`. */
  readonly cron?: string;
  /** Done again and again after this time, from 1s to 24h; the first time somewhere in it, so that a fleet does not beat together. */
  readonly every?: Duration;
  /** Of `cron`: IANA name, `Europe/Berlin`; default `schedule.timezone`, else the machine's. */
  readonly timezone?: string;
  /** Each run waits a random part of this: what a whole fleet does at 03:00 is spread. */
  readonly jitter?: Duration;
  /** If the last run is still going on: `skip` this one (default), run both (`allow`), or let one wait (`queue`). */
  readonly overlap?: "skip" | "allow" | "queue";
  /** A run's longest time; its signal fires then. Default 5m, at most 24h. */
  readonly timeout?: Duration;
  /** Whether it is done once whenever the plugin has started, too. */
  readonly runAtStart?: boolean;
  /**
   * What becomes of runs that were missed, as the machine slept or the agent did not run: nothing (`none`, default), or
   * one run that makes up for all (`once`).
   */
  readonly catchUp?: "once" | "none";
  /**
   * What `run` returns is sent to the hub as a message, if the run ends well; nothing (`undefined`, `null`) is sent if
   * there is nothing to say. An object says how it is sent. If it cannot be sent, the run has failed.
   */
  readonly telemetry?: boolean | TaskTelemetry;
  run(context: TaskContext<Settings>): unknown;
}

/** What a handler of cloud-to-device messages gets besides the payload. */
export interface MessageContext<Settings = Record<string, unknown>> extends PluginContext<Settings> {
  /** The handler's name; what the message asked for is in its properties. */
  readonly name: string;
  /** `messageId`, `correlationId`, `contentType`, `contentEncoding`, `properties`, and the `input` of a module. */
  readonly message: MessageFacts;
  /** From 1: how often this message was given to this handler. */
  readonly attempt: number;
  /** Fires when the attempt is over its time or the agent stops: give up what you do. */
  readonly signal: AbortSignal;
}

/**
 * Handles a message. It is handled when this returns or resolves, whatever to; a throw is a failure, and the message comes
 * again after a while. It may come again after success too, if the agent was killed meanwhile: `message.messageId` is
 * the same then.
 */
// biome-ignore lint/suspicious/noExplicitAny: an author states the payload's type, and `schema` makes it true.
export type MessageHandler<Settings = Record<string, unknown>, Payload = any> = (
  payload: Payload,
  context: MessageContext<Settings>,
) => unknown;

export interface MessageDefinition<Settings = Record<string, unknown>> {
  readonly description?: string;
  /** JSON Schema (2020-12) of the payload. A message that does not fit is thrown away, and never reaches the handler. */
  readonly schema?: JsonSchema;
  /** The longest time of one attempt; default `messages.inbox.timeout`, at most 24h. */
  readonly timeout?: Duration;
  /** How many messages are handled at once; default 1, so that they are handled in the order of their arrival. */
  readonly concurrency?: number;
  /** How many more may wait here; default `messages.inbox.queue`. */
  readonly queue?: number;
  readonly handler: MessageHandler<Settings>;
}

/** A plugin: methods that the device answers, messages that it takes, tasks that it does on time. */
export interface PluginDefinition<Settings = Record<string, unknown>> {
  /** Default: the name of the file or folder. */
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  /**
   * Where its code runs. `true` or `"process"`: in a process of its own, so that whatever it does the agent goes on.
   * `"thread"`: in a thread of the agent, which takes less memory and does not hold what crashes natively. `false`: in
   * the agent's own thread, which is fastest, and lets it hurt all. Default `plugins.isolate`.
   */
  readonly isolate?: boolean | "thread" | "process";
  /** How much memory its thread or process may take; one that takes more is ended and started afresh. Default `plugins.memoryLimit`. */
  readonly memoryLimit?: Size;
  /** JSON Schema (2020-12) of `plugins.settings.<name>`; with `default`s, which are filled in. */
  readonly settings?: JsonSchema;
  /**
   * JSON Schema of what it tells the hub: of an object whose properties are in its messages, each in some of them. For the
   * device's Plug and Play model; no message is held against it.
   */
  readonly telemetry?: JsonSchema;
  /** Direct methods by name, which is what callers say, capitals and all. */
  readonly methods?: Readonly<Record<string, MethodDefinition<Settings> | MethodHandler<Settings>>>;
  /** Scheduled tasks by name. */
  readonly tasks?: Readonly<Record<string, TaskDefinition<Settings>>>;
  /** Handlers of cloud-to-device messages, by what names them in a message (`messages.inbox.property`); `*` gets the rest. */
  readonly messages?: Readonly<Record<string, MessageDefinition<Settings> | MessageHandler<Settings>>>;
  /** Called once before the first call; a throw makes the plugin broken, and the others run. */
  start?(context: PluginContext<Settings>): unknown;
  /**
   * Called when its settings were changed while it runs, with the new ones in the context, which fit; calls that come from
   * then on have them too. A throw takes the change back: it is called again, with the old ones. It has ten seconds.
   * Without it, the plugin is loaded and started afresh with the new settings while this one ends its calls.
   */
  settingsChanged?(context: PluginContext<Settings>): unknown;
  /** Called once after the last call. */
  stop?(context: PluginContext<Settings>): unknown;
}

/** A method whose handler's payload has the type that its schema says. */
export type MethodOf<Settings, Schema> = Omit<MethodDefinition<Settings>, "schema" | "handler"> & {
  readonly schema?: Schema;
  readonly handler: MethodHandler<Settings, PayloadOf<Schema>>;
};

/** The same of messages. */
export type MessagesOf<Settings, Schema> = Omit<MessageDefinition<Settings>, "schema" | "handler"> & {
  readonly schema?: Schema;
  readonly handler: MessageHandler<Settings, PayloadOf<Schema>>;
};

/** A plugin whose methods and messages have these schemas, by name. */
export type PluginOf<
  Settings,
  Schemas extends Readonly<Record<string, unknown>>,
  // biome-ignore lint/suspicious/noExplicitAny: nothing is known of them.
  Messages extends Readonly<Record<string, unknown>> = Record<string, any>,
> = Omit<PluginDefinition<Settings>, "methods" | "messages"> & {
  readonly messages?: {
    readonly [Name in keyof Messages]: MessagesOf<Settings, Messages[Name]> | MessageHandler<Settings>;
  };
  readonly methods?: {
    readonly [Name in keyof Schemas]: MethodOf<Settings, Schemas[Name]> | MethodHandler<Settings>;
  };
};

/**
 * Says what a plugin is; make it the default export of a file in the plugins folder. The payload of a handler has the
 * type that the method's `schema` says, be it written out or made by TypeBox; where there is none, or where `Settings` is
 * given, the handler may say its type.
 *
 * @example
 * import { definePlugin } from "hubhand";
 *
 * export default definePlugin({
 *   methods: {
 *     greet: {
 *       schema: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
 *       handler: ({ name }) => ({ greeting: `hello ${name}` }),
 *     },
 *   },
 * });
 */
export function definePlugin<
  Settings = Record<string, unknown>,
  // biome-ignore lint/suspicious/noExplicitAny: where Settings is given, nothing is known of the schemas.
  const Schemas extends Readonly<Record<string, unknown>> = Record<string, any>,
  // biome-ignore lint/suspicious/noExplicitAny: the same.
  const Messages extends Readonly<Record<string, unknown>> = Record<string, any>,
>(definition: PluginOf<Settings, Schemas, Messages>): PluginDefinition<Settings> {
  return definition as PluginDefinition<Settings>;
}

/**
 * A method by itself, whose handler's payload has the type that its schema says: for plugins that give `Settings`, and for
 * methods that stand elsewhere.
 */
export function defineMethod<const Schema, Settings = Record<string, unknown>>(
  method: MethodOf<Settings, Schema>,
): MethodDefinition<Settings> {
  return method as MethodDefinition<Settings>;
}

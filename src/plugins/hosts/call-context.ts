import type { AuthorLogger } from "../../events/logger.ts";
import type { Invocation } from "../../methods/method.ts";
import type { CallContext, PluginContext } from "../define-plugin.ts";

/** Where a context keeps its call. By a symbol: what an author makes of the context (`Object.create`) has it, too. */
const INVOCATION = Symbol("hubhand.invocation");

interface Kept {
  readonly [INVOCATION]: Invocation;
}

/**
 * Made when they are read, as most handlers never do; but its own all the same, as authors copy objects (`{ ...context }`). All
 * contexts share these: getters that are written into each cost more than all else of a call.
 */
const LAZY = {
  log: {
    enumerable: true,
    get(this: Kept): AuthorLogger {
      return this[INVOCATION].logger;
    },
  },
  signal: {
    enumerable: true,
    get(this: Kept): AbortSignal {
      return this[INVOCATION].signal;
    },
    // Authors may put one of their own in its place.
    set(this: Kept, signal: AbortSignal) {
      Object.defineProperty(this, "signal", { value: signal, enumerable: true, writable: true });
    },
    configurable: true,
  },
};

class OwnContext implements Kept {
  readonly plugin: string;
  readonly settings: PluginContext["settings"];
  readonly telemetry: PluginContext["telemetry"];
  readonly method: string;
  readonly requestId: string;
  readonly reply: CallContext["reply"];
  readonly job: CallContext["job"];
  declare readonly log: AuthorLogger;
  declare readonly signal: AbortSignal;
  readonly [INVOCATION]: Invocation;

  constructor(invocation: Invocation, { plugin, settings, telemetry }: PluginContext) {
    this.plugin = plugin;
    this.settings = settings;
    this.telemetry = telemetry;
    this.method = invocation.method;
    this.requestId = invocation.requestId;
    this.reply = (status, payload) => invocation.reply(status, payload);
    this.job = (work) => void invocation.job(work);
    this[INVOCATION] = invocation;
    Object.defineProperty(this, "log", LAZY.log);
    Object.defineProperty(this, "signal", LAZY.signal);
  }
}

/** What a handler in the agent's own thread gets of its call. */
export const callContext = (invocation: Invocation, plugin: PluginContext): CallContext =>
  new OwnContext(invocation, plugin);

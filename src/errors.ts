/**
 * Every error code of hubhand: what it means, the reply status of those that answer a direct method, the HTTP status
 * of those that answer a request alone, and the exit code of those that end the process (sysexits: 70 internal, 75 try
 * again, 78 configuration).
 * A code, once released, is never given another meaning.
 */
export const ERROR_CODES = {
  PAYLOAD_INVALID: { status: 400, meaning: "the payload is not JSON, or does not fit the method's schema" },
  METHOD_NOT_FOUND: { status: 404, meaning: "this device has no such method" },
  METHOD_TIMED_OUT: { status: 408, meaning: "the handler did not answer within the method's time" },
  REPLY_TOO_LARGE: { status: 413, meaning: "the reply is over the hub's 128 KiB" },
  METHOD_BUSY: { status: 429, meaning: "the method is at its concurrency and its queue is full" },
  METHOD_FAILED: { status: 500, meaning: "the handler threw, rejected or answered with what is not a reply" },
  AGENT_STOPPING: { status: 503, meaning: "the agent is stopping and takes no new calls" },
  PLUGIN_UNKNOWN: { status: 404, meaning: "this device has no such plugin" },
  TASK_UNKNOWN: { status: 404, meaning: "this device has no such task" },
  JOB_UNKNOWN: { status: 404, meaning: "this device has no such job, or keeps it no longer" },
  JOB_OVER: { status: 409, meaning: "the job has ended already" },
  PLUGIN_DOWN: { status: 503, meaning: "the plugin is being started or restarted; call again soon" },
  JOB_CANCELLED: { meaning: "a caller cancelled the job" },
  JOB_INTERRUPTED: { meaning: "the agent stopped or was killed while the job ran" },
  JOB_TIMED_OUT: { meaning: "the job was over the longest time that a job may take" },
  MESSAGE_INVALID: { meaning: "a message to the hub cannot be sent as it was given" },
  MESSAGE_TOO_LARGE: { meaning: "a message to the hub is over the hub's 256 KiB" },
  OUTBOX_FULL: { meaning: "no room for another message to the hub, and none that may give way to it" },
  PLUGIN_INVALID: { meaning: "a plugin cannot be used as it is written" },
  CONFIG_INVALID: { exit: 78, meaning: "the configuration cannot be used as it is written" },
  PORT_IN_USE: { exit: 75, meaning: "another process listens on the port" },
  INTERNAL: { exit: 70, http: 500, meaning: "a fault in hubhand itself" },
  // The verbs of the back end's side, `call`, `devices` and `watch`, whose exit status tells a script what happened.
  CALL_INVALID: {
    exit: 78,
    meaning: "a call cannot be made as it is written: its payload, its time-outs or a name",
  },
  DEVICE_UNKNOWN: { exit: 2, meaning: "the hub has no such device" },
  DEVICE_OFFLINE: { exit: 3, meaning: "the device is not connected, or does not listen for direct methods" },
  DEVICE_DISABLED: { exit: 3, meaning: "the device is disabled in the hub" },
  DEVICE_SILENT: { exit: 4, meaning: "no answer came in time; the device may have run the method" },
  CREDENTIALS_REFUSED: { exit: 5, meaning: "the hub refuses the service connection string" },
  HUB_UNREACHABLE: { exit: 6, meaning: "the hub was not reached: name, network, port or certificate" },
  HUB_THROTTLED: { exit: 7, meaning: "the hub limits the calls; try again later" },
  HUB_FAULT: { exit: 7, meaning: "the hub failed" },
  DEVICE_REPLY_INVALID: {
    exit: 8,
    meaning: "the device answered with what cannot be used: not JSON, or too large",
  },
  QUERY_INVALID: { exit: 78, meaning: "the hub does not take the query" },
  QUERY_EMPTY: { exit: 2, meaning: "no device fits the query" },
  HUB_JOB_UNKNOWN: { exit: 2, meaning: "the hub has no such job, or keeps it no longer" },
  HUB_JOB_FAILED: { exit: 1, meaning: "the hub gave up the job as a whole" },
  INTERRUPTED: { exit: 130, meaning: "it was stopped (Ctrl-C) before its end" },
  // The HTTP face: metrics, health, the status page.
  REQUEST_INVALID: { http: 400, meaning: "the HTTP request is not one that can be answered" },
  CREDENTIALS_WANTED: {
    http: 401,
    meaning: "a password or a token is wanted, and none that is right came along",
  },
  HOST_REFUSED: {
    http: 403,
    meaning: "the agent was asked under a name that is not in observe.allowedHosts",
  },
  CROSS_SITE: { http: 403, meaning: "a web page from elsewhere asked" },
  PATH_UNKNOWN: { http: 404, meaning: "there is nothing at this path" },
  HTTP_METHOD_REFUSED: { http: 405, meaning: "this path is not for requests of this HTTP method" },
  WATCHERS_FULL: { http: 503, meaning: "as many as may be watch the status page already" },
  CONTROL_OFF: {
    http: 404,
    meaning: "nothing may be done from the status page: observe.controlToken is not set",
  },
  CONTROL_REFUSED: {
    http: 401,
    meaning: "the token for doing things on the status page is missing or wrong",
  },
  CONTENT_TYPE_WRONG: { http: 415, meaning: "the body of a request is not said to be JSON" },
  REQUEST_TOO_LARGE: { http: 413, meaning: "the body of a request is over 128 KiB" },
} as const satisfies Record<string, { status?: number; http?: number; exit?: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The codes that answer a direct method. */
export type ReplyErrorCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code] extends { status: number } ? Code : never;
}[ErrorCode];

/** An error with a code of `ERROR_CODES`; its message is written for a person and holds no secret. */
export class HubhandError extends Error {
  override readonly name = "HubhandError";
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  /** The exit code of the process if nothing handles this error. */
  get exitCode(): number {
    const entry = ERROR_CODES[this.code];
    return "exit" in entry ? entry.exit : ERROR_CODES.INTERNAL.exit;
  }
}

/** Whether it is one of ours; false for what cannot even be asked. Never throws. */
export function isHubhandError(thrown: unknown): thrown is HubhandError {
  try {
    return thrown instanceof HubhandError;
  } catch {
    return false;
  }
}

/**
 * The message of whatever was thrown: plugins and libraries throw strings, undefined, and objects that throw when they
 * are read. Never throws itself.
 */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message || thrown.name || "an error without a message");
    if (typeof thrown === "string" && thrown !== "") return thrown;
    return `a thrown ${typeof thrown}: ${JSON.stringify(thrown) ?? String(thrown)}`;
  } catch {
    return `a thrown ${typeof thrown} that cannot be read`;
  }
}

import { resolve } from "node:path";
import { Command } from "commander";
import { parseDuration } from "../durations.ts";
import { ERROR_CODES, type ErrorCode, HubhandError, messageOf } from "../errors.ts";
import {
  CONNECT_TIMEOUT_SECONDS,
  CONNECTION_STRING_FILE_VARIABLE,
  CONNECTION_STRING_VARIABLE,
  createServiceClient,
  findConnectionString,
  type MethodResponse,
  parsePayload,
  RESPONSE_TIMEOUT_SECONDS,
  type ServiceFailureCode,
} from "../service/index.ts";
import { examples } from "./examples.ts";

export interface CallCommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd?: string;
  /** Takes the result; standard output unless given. */
  readonly write?: (text: string) => void;
  /** Takes what is not the result; standard error unless given. */
  readonly writeError?: (text: string) => void;
  /** Takes the exit status of a call that the device answered; sets the process's unless given. */
  readonly setExitCode?: (code: number) => void;
}

/** The device answered, and its own status says that it could not do it. */
const DEVICE_SAID_NO = 1;

/** Codes that a call can end with; their exit status is in `ERROR_CODES`. */
const CODES = [
  "DEVICE_UNKNOWN",
  "DEVICE_OFFLINE",
  "DEVICE_DISABLED",
  "DEVICE_SILENT",
  "CREDENTIALS_REFUSED",
  "HUB_UNREACHABLE",
  "HUB_THROTTLED",
  "HUB_FAULT",
  "DEVICE_REPLY_INVALID",
  "CALL_INVALID",
  "CONFIG_INVALID",
] as const satisfies readonly ErrorCode[];

// A failure of the service side that is not listed would be missing from the help and the manual.
true satisfies [ServiceFailureCode] extends [(typeof CODES)[number]] ? true : false;

/** Every exit status of the verb `call`, for its help and its manual. */
export const CALL_EXIT_CODES: readonly { exit: number; code?: ErrorCode; meaning: string }[] = [
  { exit: 0, meaning: "the device answered, with a status below 400" },
  { exit: DEVICE_SAID_NO, meaning: "the device answered, with a status of 400 or above" },
  ...CODES.map((code) => ({ exit: ERROR_CODES[code].exit, code, meaning: ERROR_CODES[code].meaning })),
];

interface CallFlags {
  readonly login?: string;
  readonly responseTimeout: string;
  readonly connectTimeout: string;
  readonly caFile?: string;
  readonly json?: boolean;
}

/**
 * The verb `call`: calls a direct method as a back-end program does, and prints the device's answer. Its action throws
 * HubhandError with one of the codes of `CALL_EXIT_CODES` if there is no answer.
 */
export function callCommand({
  env = process.env,
  cwd = process.cwd(),
  write = (text) => process.stdout.write(text),
  writeError = (text) => process.stderr.write(text),
  setExitCode = (code) => {
    process.exitCode = code;
  },
}: CallCommandOptions = {}): Command {
  async function call(target: string, methodName: string, text: string | undefined, flags: CallFlags) {
    const { deviceId, moduleId } = readTarget(target);
    const payload = text === undefined ? null : parsePayload(text);
    const responseTimeoutSeconds = readSeconds(
      "--response-timeout",
      flags.responseTimeout,
      RESPONSE_TIMEOUT_SECONDS,
    );
    const connectTimeoutSeconds = readSeconds(
      "--connect-timeout",
      flags.connectTimeout,
      CONNECT_TIMEOUT_SECONDS,
    );
    const given = findConnectionString({ login: flags.login, env, cwd });
    const client = createServiceClient({
      connectionString: given.text,
      origin: given.origin,
      caFile: flags.caFile === undefined ? undefined : resolve(cwd, flags.caFile),
    });
    if (flags.json !== true) writeError(`Calling ${methodName} on ${target} …\n`);
    const startedAt = performance.now();
    const response = await client.invokeMethod({
      deviceId,
      moduleId,
      methodName,
      payload,
      responseTimeoutSeconds,
      connectTimeoutSeconds,
    });
    const milliseconds = Math.round(performance.now() - startedAt);
    const answered = {
      deviceId,
      ...(moduleId === undefined ? {} : { moduleId }),
      methodName,
      ...response,
      milliseconds,
    };
    write(flags.json === true ? `${toJson(answered)}\n` : inWords({ ...answered, sent: payload }));
    if (response.status >= 400) setExitCode(DEVICE_SAID_NO);
  }

  return new Command("call")
    .description(
      "call a direct method of a device or module, as a back-end program does, and print its answer",
    )
    .argument("<device[/module]>", "the id of the device, or with a slash that of a module of it")
    .argument("<method>", "the name of the method")
    .argument("[payload]", "JSON, in quotes for the shell: '{\"a\":1}'; none if left out")
    .option("--login <string>", "the service connection string, or @ and a file that holds it")
    .option("--response-timeout <duration>", "how long the device may take: 5s to 300s", "30s")
    .option(
      "--connect-timeout <duration>",
      "how long to wait for a device that is not online: 0s to 300s",
      "0s",
    )
    .option("--ca-file <pem>", "the CA certificates to trust for this hub, in place of the machine's")
    .option("--json", "print one JSON object: the answer, or the error")
    .addHelpText("after", () => helpText())
    .action(async (target: string, methodName: string, payload: string | undefined, flags: CallFlags) => {
      try {
        await call(target, methodName, payload, flags);
      } catch (error) {
        if (flags.json === true) {
          const code: ErrorCode = error instanceof HubhandError ? error.code : "INTERNAL";
          write(`${JSON.stringify({ error: { code, message: messageOf(error) } })}\n`);
        }
        throw error;
      }
    });
}

/** No id holds a slash; what stands behind a second one is left to the hub to refuse. */
function readTarget(target: string): { deviceId: string; moduleId: string | undefined } {
  const slash = target.indexOf("/");
  if (slash === -1) return { deviceId: target, moduleId: undefined };
  return { deviceId: target.slice(0, slash), moduleId: target.slice(slash + 1) };
}

function readSeconds(flag: string, written: string, { min, max }: { min: number; max: number }): number {
  const milliseconds = parseDuration(written);
  const seconds = (milliseconds ?? Number.NaN) / 1000;
  if (Number.isInteger(seconds) && seconds >= min && seconds <= max) return seconds;
  throw new HubhandError(
    "CALL_INVALID",
    `${flag} is ${JSON.stringify(written)}; expected whole seconds from ${min}s to ${max}s, as "30s" or "2m".`,
  );
}

/** The lines that the back-end program of Microsoft's tutorial prints, in its order. */
function inWords(call: MethodResponse & { methodName: string; sent: unknown }): string {
  return [
    `Method name      : ${call.methodName}`,
    `Method payload   : ${toJson(call.sent)}`,
    `Response status  : ${call.status}`,
    `Response payload : ${toJson(call.payload)}`,
    "",
  ].join("\n");
}

/** JSON for a terminal: what JSON.stringify leaves of the control characters is escaped as well. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value).replaceAll(
      /[\u007f-\u009f\u2028\u2029]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  } catch (error) {
    // Read without recursion, and printed with it.
    throw new HubhandError(
      "DEVICE_REPLY_INVALID",
      "The device answered with a payload nested too deeply to print.",
      {
        cause: error,
      },
    );
  }
}

function helpText(): string {
  const rows = CALL_EXIT_CODES.map(({ exit, meaning }) => `  ${String(exit).padStart(2)}  ${meaning}`);
  return `
The service connection string comes from --login, ${CONNECTION_STRING_VARIABLE} or
${CONNECTION_STRING_FILE_VARIABLE} (a file). It is a key to the whole hub, and everyone on this machine
can see the --login of a running command (ps): rather use a variable, or --login @file.

Exit status:
${rows.join("\n")}
${examples([
  ["hubhand call pi-1 reboot", "without a payload"],
  [`hubhand call pi-1 greet '{"name":"world"}'`, "with one"],
  ["hubhand call edge-1/camera snapshot --response-timeout 2m", "a module's method that takes its time"],
])}`;
}

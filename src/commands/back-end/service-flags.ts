import { resolve } from "node:path";
import type { Command } from "commander";
import { printDuration, SECOND } from "../../durations.ts";
import { type ErrorCode, HubhandError, messageOf } from "../../errors.ts";
import {
  CONNECTION_STRING_FILE_VARIABLE,
  CONNECTION_STRING_VARIABLE,
  createServiceClient,
  findConnectionString,
  type ServiceClient,
  type ThrottledWait,
} from "../../service/index.ts";
import { readDuration } from "../command-line/duration-flag.ts";
import { safeJson } from "../terminal/safe-text.ts";
import type { VerbIo } from "./verb-io.ts";

/** The flags of every verb that asks the hub as a back end does. */
export interface ServiceFlags {
  readonly login?: string;
  readonly caFile?: string;
  readonly retryFor: string;
  readonly json?: boolean;
}

/** Adds them. `json` says what `--json` prints. */
export function addServiceFlags(command: Command, { json }: { json: string }): Command {
  return command
    .option("--login <string>", "the service connection string, or @ and a file that holds it")
    .option("--ca-file <pem>", "the CA certificates to trust for this hub, in place of the machine's")
    .option("--retry-for <duration>", "how long to go on while the hub says 429; 0s for not at all", "2m")
    .option("--json", json);
}

/** For the help: where the connection string comes from, and which rights its policy needs. */
export const serviceHelp = (rights: string): string => `
The service connection string comes from --login, ${CONNECTION_STRING_VARIABLE} or
${CONNECTION_STRING_FILE_VARIABLE} (a file). It is a key to the whole hub, and
everyone on this machine can see the --login of a running command (ps): rather
use a variable, or --login @file.
Its policy needs ${rights}.`;

/** The service side that these flags are for. @throws HubhandError CALL_INVALID, CONFIG_INVALID */
export function openService(flags: ServiceFlags, io: VerbIo, signal: AbortSignal): ServiceClient {
  const retryForMs = readDuration("--retry-for", flags.retryFor);
  const given = findConnectionString({ login: flags.login, env: io.env, cwd: io.cwd });
  const { random, now, sleep } = io;
  return createServiceClient({
    connectionString: given.text,
    origin: given.origin,
    caFile: flags.caFile === undefined ? undefined : resolve(io.cwd, flags.caFile),
    signal,
    patience: {
      retryForMs,
      random,
      now,
      sleep,
      ...(flags.json === true ? {} : { onWait: (wait) => io.writeError(tellWait(wait)) }),
    },
  });
}

function tellWait({ refusals, waitMs, leftMs }: ThrottledWait): string {
  const times = refusals === 1 ? "once" : `${refusals} times`;
  const left = printDuration(Math.ceil(leftMs / SECOND) * SECOND);
  return `The hub is at its limit (429, ${times}): trying again in ${(waitMs / SECOND).toFixed(1)} s, for at most ${left} more …\n`;
}

/** Runs a verb's action; with `--json` the error is an object on standard output too, as scripts read that. */
export async function tellingErrors(
  flags: ServiceFlags,
  io: VerbIo,
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (flags.json === true) {
      const code: ErrorCode = error instanceof HubhandError ? error.code : "INTERNAL";
      io.write(`${safeJson({ error: { code, message: messageOf(error) } })}\n`);
    }
    throw error;
  }
}

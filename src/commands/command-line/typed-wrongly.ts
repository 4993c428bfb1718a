import type { Command } from "commander";
import { createRedactor } from "../../observe/log/redaction.ts";

/** `--flag=value`: the value may be a secret of any kind. */
const VALUE_OF_UNKNOWN = /(unknown option '[^'=]+=)[^\n]*(?=')/;

/** What commander says of a command line, which it quotes, without a secret that stood in it. */
export const withoutSecrets = (complaint: string): string =>
  createRedactor().redact(complaint.replace(VALUE_OF_UNKNOWN, "$1…"));

/** A connection string where the verb or a flag should be is a slip that logs of containers would keep. */
export const complainWithoutSecrets = (command: Command): Command =>
  command.configureOutput({ outputError: (complaint, write) => write(withoutSecrets(complaint)) });

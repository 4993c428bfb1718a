import { resolve } from "node:path";
import { HubhandError } from "../errors.ts";
import { readTextFile } from "./files.ts";

/** Microsoft's samples read the service connection string from it. */
export const CONNECTION_STRING_VARIABLE = "IOTHUB_CONNECTION_STRING";
/** Names a file that holds it (Docker and Kubernetes secrets). */
export const CONNECTION_STRING_FILE_VARIABLE = "IOTHUB_CONNECTION_STRING_FILE";

/** A service connection string, not yet checked, and where it came from. */
export interface GivenConnectionString {
  readonly text: string;
  /** For messages: "--login", "environment variable …", "file …". */
  readonly origin: string;
}

export interface FindConnectionStringOptions {
  /** What `--login` says: the string itself, or `@` and the path of a file that holds it. */
  readonly login?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that a relative path starts from. */
  readonly cwd: string;
}

/**
 * Finds the service connection string: the login if there is one, else the environment, where the variable and the
 * file must agree if both are set. A variable set to nothing counts as not set.
 * @throws HubhandError CONFIG_INVALID if there is none, if there are two, or if its file cannot be read
 */
export function findConnectionString({
  login,
  env,
  cwd,
}: FindConnectionStringOptions): GivenConnectionString {
  if (login?.startsWith("@")) return fromFile(resolve(cwd, login.slice(1)), "named by --login");
  if (login !== undefined) return { text: login, origin: "--login" };

  const text = env[CONNECTION_STRING_VARIABLE];
  const path = env[CONNECTION_STRING_FILE_VARIABLE];
  const direct = text ? { text, origin: `environment variable ${CONNECTION_STRING_VARIABLE}` } : undefined;
  const filed = path
    ? fromFile(resolve(cwd, path), `named by ${CONNECTION_STRING_FILE_VARIABLE}`)
    : undefined;
  if (direct !== undefined && filed !== undefined && direct.text.trim() !== filed.text.trim()) {
    throw new HubhandError(
      "CONFIG_INVALID",
      `${CONNECTION_STRING_VARIABLE} and ${CONNECTION_STRING_FILE_VARIABLE} give different connection strings. Keep one of them.`,
    );
  }
  const given = direct ?? filed;
  if (given === undefined) {
    throw new HubhandError(
      "CONFIG_INVALID",
      `No service connection string. Set ${CONNECTION_STRING_VARIABLE} (or ${CONNECTION_STRING_FILE_VARIABLE}, or --login @file) to the hub's: in the portal under Shared access policies, service, Primary connection string.`,
    );
  }
  return given;
}

function fromFile(path: string, namedBy: string): GivenConnectionString {
  return {
    text: readTextFile(path, `The file with the service connection string, ${namedBy},`),
    origin: `file ${path}, ${namedBy}`,
  };
}

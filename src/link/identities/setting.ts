import { HubhandError } from "../../errors.ts";
import { readRegularFile } from "../../files/regular-file.ts";
import { whyUnreadable } from "../../files/unreadable.ts";
import { keyProblem } from "../connection-string.ts";
import type { Read } from "./kept.ts";

/** Where a value came from, for people: "environment variable HUBHAND_HUB_CA_FILE". */
export type Origin = (key: string) => string;

/** A setting that cannot be used: its key, where it came from, what is wrong and what to do. */
export function badSetting(key: string, origin: Origin, problem: string, cause?: unknown): HubhandError {
  return new HubhandError("CONFIG_INVALID", `${key} (${origin(key)}): ${problem}`, { cause });
}

/** Reads the file that a setting names. The promise rejects with HubhandError CONFIG_INVALID. */
export async function readSettingFile(key: string, path: string, origin: Origin): Promise<string> {
  try {
    return await readRegularFile(path);
  } catch (error) {
    throw badSetting(
      key,
      origin,
      `the file ${JSON.stringify(path)} cannot be used: ${whyUnreadable(error)}.`,
      error,
    );
  }
}

export interface SecretSetting {
  readonly key: string;
  /** As the configuration had it at the start. */
  readonly value: string;
  /** The file that it was read from, and may be renewed in. */
  readonly file: string | null;
  readonly origin: Origin;
  /** Told of each value, so that none is ever logged. */
  hide(secret: string): void;
}

/** Reads a secret from where the configuration has it; from a file anew each time, without line ends after it. */
export function secretReader({ key, value, file, origin, hide }: SecretSetting): Read<string> {
  return async () => {
    const text = file === null ? value : (await readSettingFile(key, file, origin)).replace(/[\r\n]+$/, "");
    if (text.trim() === "") throw badSetting(key, origin, "it is empty. Write the secret into it.");
    hide(text);
    return text;
  };
}

/** Reads a key in base64, and refuses one that cannot be one. */
export function checkedKey(setting: SecretSetting): Read<string> {
  const read = secretReader(setting);
  return async () => {
    const text = (await read()).trim();
    const problem = keyProblem(text);
    if (problem !== undefined) throw badSetting(setting.key, setting.origin, `it is a key ${problem}`);
    return text;
  };
}

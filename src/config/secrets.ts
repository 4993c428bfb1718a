import { dirname } from "node:path";
import { readRegularFileSync } from "../files/regular-file.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { configKeys, isSecret, type Key } from "./keys.ts";
import { Unfit } from "./kinds.ts";
import { show } from "./problems.ts";

/** One value of one key from one source, read and found fit. */
export interface Entry {
  readonly key: Key;
  readonly value: unknown;
  readonly origin: string;
}

/** Every secret that is set: what no log line may hold. */
export function secretValues({ values }: { values: object }): string[] {
  return configKeys().flatMap(({ name, setting }) => {
    const value = isSecret(setting) ? valueAt(values, name) : null;
    return typeof value === "string" ? [value] : [];
  });
}

/** The value of a key, such as `link.backoff.networkBase`. */
export function valueAt(values: object, name: string): unknown {
  return name.split(".").reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], values);
}

/**
 * Settles every secret that may come as itself or from a file. The last source that gives it either way decides, and
 * only its file is read: an overridden file may be missing. A source that gives it several times must agree with
 * itself, since which of two different identities was meant is not ours to guess.
 */
export function settleSecrets(layers: readonly (readonly Entry[])[]): {
  entries: Entry[];
  problems: string[];
} {
  const keys = configKeys();
  const entries: Entry[] = [];
  const problems: string[] = [];
  for (const key of keys) {
    const fileKey = keys.find((candidate) => candidate.name === key.setting.file);
    if (!fileKey) continue;
    const givenBy = (layer: readonly Entry[]) =>
      layer.filter((entry) => entry.key.name === key.name || entry.key.name === fileKey.name);
    const deciding = givenBy(layers.findLast((layer) => givenBy(layer).length > 0) ?? []);
    const candidates: Candidate[] = [];
    for (const entry of deciding.filter(({ value }) => value !== null)) {
      const read = entry.key.name === key.name ? { value: entry.value } : readSecret(entry, key);
      if ("problem" in read) problems.push(read.problem);
      else
        candidates.push({
          value: read.value,
          entry,
          path: entry.key.name === fileKey.name ? String(entry.value) : null,
        });
    }
    if (new Set(candidates.map(({ value }) => value)).size > 1) {
      const origins = candidates.map(originOf).join(" and ");
      problems.push(`${key.name}: ${origins} give different values. Keep one of them.`);
    }
    const [chosen] = candidates;
    const [first] = deciding;
    if (!chosen && !first) continue;
    const origin = chosen ? originOf(chosen) : (first?.origin ?? "default");
    entries.push({ key, value: chosen?.value ?? null, origin });
    entries.push({ key: fileKey, value: chosen?.path ?? null, origin: chosen?.entry.origin ?? origin });
  }
  return { entries, problems };
}

interface Candidate {
  readonly value: unknown;
  readonly entry: Entry;
  /** The file that the value was read from. */
  readonly path: string | null;
}

function originOf({ entry, path }: Candidate): string {
  return path === null ? entry.origin : `file ${path}, named by ${entry.origin}`;
}

/** What systemd gives to a service is a copy, which nobody can write to (systemd.exec(5), LoadCredential=). */
const whereToWrite = (path: string): string =>
  path.startsWith("/run/credentials/")
    ? "It is systemd's copy: write the secret into the file that LoadCredential= of the unit names, and restart the unit."
    : "Write the secret into it.";

function readSecret(entry: Entry, key: Key): { value: unknown } | { problem: string } {
  const path = String(entry.value);
  const what = `${key.name}: the file ${show(path)}, named by ${entry.origin}`;
  try {
    const value = readRegularFileSync(path).replace(/[\r\n]+$/, "");
    if (value.trim() === "") return { problem: `${what}, is empty. ${whereToWrite(path)}` };
    return { value: key.setting.kind.fromText(value, dirname(path)) };
  } catch (error) {
    if (error instanceof Unfit) {
      return {
        problem: `${what}, has a text (not shown) that is not ${error.expected}. ${error.advice ?? "Correct it."}`,
      };
    }
    const { code } = error as NodeJS.ErrnoException;
    const advice =
      code === "EACCES" || code === "EPERM"
        ? `Let that user read it: chown ${process.getuid?.() ?? "…"} ${path}, also where it is mounted from.`
        : "Check its path, and that the secret is mounted.";
    return { problem: `${what}, cannot be used: ${whyUnreadable(error)}. ${advice}` };
  }
}

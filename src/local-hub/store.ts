import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../atomic-file.ts";
import { HubhandError, messageOf } from "../errors.ts";
import type { ModuleIdentity } from "./module-registry.ts";
import type { Policy } from "./policies.ts";
import type { DeviceIdentity } from "./registry.ts";

/** All that the hub keeps beside its certificate authority. */
interface HubState {
  policies: Policy[];
  devices: DeviceIdentity[];
  modules: ModuleIdentity[];
}

export interface Store {
  /** What was kept; undefined at the first start, and always without a folder. */
  load(): Promise<HubState | undefined>;
  /**
   * Keeps what `snapshot` returns when the write begins; resolves once it is on disk. Writes asked for while one is
   * under way share the next one, so a thousand devices made at once cost a few writes, not a thousand.
   */
  save(snapshot: () => HubState): Promise<void>;
  /** Resolves when no write is under way or asked for. Never rejects: who asked for a write is told of its failure. */
  settled(): Promise<void>;
}

/** A store that forgets everything when the process ends. */
export function memoryStore(): Store {
  return { load: async () => undefined, save: async () => {}, settled: async () => {} };
}

/** Makes the data folder if it is not there, for its owner only: it will hold keys. */
export async function prepareDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HubhandError(
      "CONFIG_INVALID",
      `the local hub cannot make its data folder ${directory}: ${messageOf(error)}. Name a folder it may write to.`,
      { cause: error },
    );
  }
}

/** A store in `<directory>/hub.json`, readable by its owner only. The folder must exist. */
export function fileStore(directory: string): Store {
  const path = join(directory, "hub.json");
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function write(snapshot: () => HubState): Promise<void> {
    const content = `${JSON.stringify({ version: 1, ...snapshot() }, null, 2)}\n`;
    running = writeFileAtomically(path, content, { mode: 0o600 }).finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw unusable(path, messageOf(error), error);
      }
      return parseState(path, text);
    },
    save(snapshot) {
      if (running === undefined) return write(snapshot);
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined;
          return write(snapshot);
        });
      return next;
    },
    async settled() {
      while (running !== undefined || next !== undefined) await (next ?? running)?.catch(() => {});
    },
  };
}

/** Devices that were kept before there were others than those with keys. */
const BY_KEY = { authenticationType: "sas", primaryThumbprint: null, secondaryThumbprint: null } as const;

function parseState(path: string, text: string): HubState {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw unusable(path, "it is not JSON", error);
  }
  const state = parsed as Partial<HubState> & { version?: unknown };
  if (state?.version !== 1 || !Array.isArray(state.policies) || !Array.isArray(state.devices)) {
    throw unusable(path, "it was not written by this version of the local hub");
  }
  return {
    policies: state.policies,
    devices: state.devices.map((device) => ({ ...BY_KEY, ...device })),
    modules: state.modules ?? [],
  };
}

function unusable(path: string, why: string, cause?: unknown): HubhandError {
  return new HubhandError(
    "CONFIG_INVALID",
    `the local hub cannot use ${path}: ${why}. Repair it, or remove it to start with an empty hub.`,
    { cause },
  );
}

import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { clientIdOf, type Who } from "../client-id.ts";
import { unusable } from "./unusable.ts";

/** Documents by key, of each table. */
export type ImportedTables = Record<string, Array<readonly [string, unknown]>>;

/** Devices that were kept before there were others than those with keys. */
const BY_KEY = { authenticationType: "sas", primaryThumbprint: null, secondaryThumbprint: null } as const;

/**
 * What hubs up to 0.1 kept: one file `hub.json` for everything. `done` puts the file out of the way, once its content is
 * elsewhere. Undefined if there is none. @throws HubhandError CONFIG_INVALID if it cannot be read
 */
export async function importJson(
  directory: string,
): Promise<{ tables: ImportedTables; done: () => Promise<void> } | undefined> {
  const path = join(directory, "hub.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(path, messageOf(error), error);
  }
  return { tables: read(path, text), done: () => rename(path, `${path}.taken-over`) };
}

interface EarlierState {
  version: unknown;
  policies: Array<{ name: string }>;
  devices: Array<{ deviceId: string }>;
  modules?: Who[];
}

function read(path: string, text: string): ImportedTables {
  let state: Partial<EarlierState> | null;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw unusable(path, "it is not JSON", error);
  }
  if (state?.version !== 1 || !Array.isArray(state.policies) || !Array.isArray(state.devices)) {
    throw unusable(path, "it was not written by a local hub");
  }
  return {
    policies: state.policies.map((policy) => [policy.name, policy]),
    devices: state.devices.map((device) => [device.deviceId, { ...BY_KEY, ...device }]),
    modules: (state.modules ?? []).map((module) => [clientIdOf(module), module]),
  };
}

import { type CheckResult, checkAll } from "../../src/check/index.ts";
import type { PluginsReport } from "../../src/check/plugins.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { type LocalHub, startLocalHub } from "../../src/local-hub/index.ts";
import { workspace } from "../config/workspace.ts";
import type { CleanUp } from "../support/clean-up.ts";

export const DEVICE_ID = "pi-1";

export interface Checked {
  readonly results: readonly CheckResult[];
  /** The result of one. */
  of(id: string): CheckResult | undefined;
}

export interface CheckedWith {
  readonly env?: Record<string, string>;
  readonly plugins?: PluginsReport;
  readonly clock?: Clock;
}

/** Checks an agent that is configured by this environment, for real. */
export async function checkWith({ env = {}, plugins = { plugins: [] }, clock = systemClock }: CheckedWith) {
  const space = workspace();
  const results = await checkAll({
    loadConfig: () => space.load({ env }),
    env,
    clock,
    hide: () => {},
    inspectPlugins: async () => plugins,
  });
  return { results, of: (id: string) => results.find((result) => result.id === id) } satisfies Checked;
}

/** A hub with one device, and what the agent of that is to be told. */
export async function startHub(cleanUp: CleanUp): Promise<{ hub: LocalHub; env: Record<string, string> }> {
  const hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  await hub.registry.create({ deviceId: DEVICE_ID });
  const env = {
    HUBHAND_CONNECTION_STRING: hub.deviceConnectionString(DEVICE_ID),
    HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
    HUBHAND_LINK_WEB_SOCKET_PORT: String(hub.httpsPort),
  };
  return { hub, env };
}

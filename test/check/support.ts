import type { Machine } from "../../src/check/here/machine.ts";
import { type CheckResult, checkAll } from "../../src/check/index.ts";
import type { PluginsReport } from "../../src/check/plugins.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { type LocalHub, type LocalHubOptions, startLocalHub } from "../../src/local-hub/index.ts";
import { workspace } from "../config/workspace.ts";
import type { CleanUp } from "../support/clean-up.ts";

export const DEVICE_ID = "pi-1";

export interface Checked {
  readonly results: readonly CheckResult[];
  /** The result of one. */
  of(id: string): CheckResult | undefined;
}

export interface CheckedWith {
  /** Port 9464 may be somebody's here: any that is free unless it says another. */
  readonly env?: Record<string, string>;
  readonly plugins?: PluginsReport;
  readonly clock?: Clock;
  readonly machine?: Machine;
  readonly mayLogIn?: boolean | "if-alone";
  readonly isOnline?: () => boolean;
  readonly only?: readonly string[];
}

/** Checks an agent that is configured by this environment, for real. */
export async function checkWith(options: CheckedWith) {
  const {
    plugins = { plugins: [] },
    clock = systemClock,
    machine,
    mayLogIn = false,
    isOnline,
    only,
  } = options;
  const env = { HUBHAND_OBSERVE_PORT: "0", ...options.env };
  const space = workspace();
  const results = await checkAll({
    loadConfig: () => space.load({ env }),
    env,
    clock,
    hide: () => {},
    mayLogIn,
    only,
    inspectPlugins: async () => plugins,
    ...(isOnline === undefined ? {} : { isOnline }),
    ...(machine === undefined ? {} : { machine }),
  });
  return { results, of: (id: string) => results.find((result) => result.id === id) } satisfies Checked;
}

/** What is wrong, by the checks that say so: all others are well, or skipped for one of these. */
export const spokenBy = ({ results }: Checked): Record<string, string> =>
  Object.fromEntries(
    results
      .filter(({ result }) => result === "fatal" || result === "warning")
      .map(({ id, result }) => [id, result]),
  );

/** Time that passes so fast that what waits for no answer need not be waited for; the limit of the whole check stays. */
export const hurried: Clock = {
  ...systemClock,
  setTimer: (milliseconds, fire) =>
    systemClock.setTimer(milliseconds > 10_000 ? milliseconds : milliseconds / 10, fire),
};

/** A hub with one device, and what the agent of that is to be told. */
export async function startHub(
  cleanUp: CleanUp,
  options: Pick<LocalHubOptions, "now"> = {},
): Promise<{ hub: LocalHub; env: Record<string, string> }> {
  const hub = await startLocalHub({ ...options, dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  await hub.registry.create({ deviceId: DEVICE_ID });
  const env = {
    HUBHAND_CONNECTION_STRING: hub.deviceConnectionString(DEVICE_ID),
    HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
    HUBHAND_LINK_WEB_SOCKET_PORT: String(hub.httpsPort),
  };
  return { hub, env };
}

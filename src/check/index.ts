import { SECOND } from "../durations.ts";
import { identityCheck } from "./admission/identity.ts";
import { loginCheck } from "./admission/login.ts";
import { provisioningCheck } from "./admission/provisioning.ts";
import type { Check, CheckResult } from "./check.ts";
import { clockCheck } from "./clock.ts";
import { configurationCheck } from "./configuration.ts";
import { keptMessagesCheck } from "./here/kept-messages.ts";
import { listeningCheck } from "./here/listening.ts";
import { type Machine, machineChecks, thisMachine } from "./here/machine.ts";
import { otherAgentsCheck } from "./here/other-agents.ts";
import { stateDirectoryCheck } from "./here/state-directory.ts";
import { whoMayLookCheck } from "./here/who-may-look.ts";
import { authoritiesCheck } from "./network/authorities.ts";
import { namesCheck } from "./network/names.ts";
import { proxyCheck } from "./network/proxy.ts";
import { tlsCheck } from "./network/tls.ts";
import { wayChecks } from "./network/ways.ts";
import { type InspectPlugins, pluginsCheck } from "./plugins.ts";
import { printResults } from "./print-results.ts";
import { runChecks } from "./run-checks.ts";
import { createSubject, type SubjectOptions } from "./subject.ts";

export type { CheckResult };
export { printResults };

/** In the order of the checks; never renamed, as scripts go by them. */
export const CHECK_IDS = [
  "configuration",
  "authorities",
  "identity",
  "dns",
  "proxy",
  "mqtt",
  "websockets",
  "tls",
  "clock",
  "provisioning",
  "login",
  "plugins",
  "state-directory",
  "kept-messages",
  "other-agents",
  "who-may-look",
  "observe-port",
  "memory",
  "open-files",
] as const;

/** Longer than an import of a plugin, and than a name, a dial and a question, one after the other. */
const LIMIT_MS = 20 * SECOND;

export interface CheckOptions extends SubjectOptions {
  readonly inspectPlugins: InspectPlugins;
  /** The agent itself asks, beside its own link, port and files. */
  readonly isInside?: boolean;
  /** This one if absent. */
  readonly machine?: Machine;
  /** The ids of those to run, with what keeps them from looking; all if absent. */
  readonly only?: readonly string[] | undefined;
}

/**
 * Looks at all that must be right for the agent to serve, and changes nothing here; whether it may log in is `mayLogIn`. What another check has to say first is skipped,
 * with its id. Takes 20 s at most. Never rejects.
 */
export async function checkAll(options: CheckOptions): Promise<CheckResult[]> {
  const { only, clock } = options;
  const checks = allChecks(options);
  const limits = { limit: LIMIT_MS, clock };
  if (only === undefined) return runChecks(checks, limits);
  const wanted = new Set(only);
  for (;;) {
    const results = await runChecks(
      checks.filter(({ id }) => wanted.has(id)),
      limits,
    );
    const causes = results.flatMap(({ because }) => because ?? []).filter((id) => !wanted.has(id));
    // Whoever asks for one wants to know what it waits for.
    if (causes.length === 0) return results;
    for (const id of causes) wanted.add(id);
  }
}

/** In the order in which one needs the other. */
function allChecks(options: CheckOptions): Check[] {
  const { isInside = false, machine = thisMachine } = options;
  const subject = createSubject(options);
  return [
    configurationCheck(subject, options.env),
    authoritiesCheck(subject),
    identityCheck(subject),
    namesCheck(subject),
    proxyCheck(subject),
    ...wayChecks(subject),
    tlsCheck(subject),
    clockCheck(subject),
    provisioningCheck(subject),
    loginCheck(subject),
    pluginsCheck(subject, options.inspectPlugins),
    stateDirectoryCheck(subject),
    keptMessagesCheck(subject, isInside),
    otherAgentsCheck(subject, isInside),
    whoMayLookCheck(subject, machine),
    listeningCheck(subject),
    ...machineChecks(subject, machine, isInside),
  ];
}

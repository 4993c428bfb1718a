import { SECOND } from "../durations.ts";
import type { CheckResult } from "./check.ts";
import { clockCheck } from "./clock.ts";
import { configurationCheck } from "./configuration.ts";
import { identityCheck } from "./identity.ts";
import { namesCheck } from "./names.ts";
import { type InspectPlugins, pluginsCheck } from "./plugins.ts";
import { proxyCheck } from "./proxy.ts";
import { runChecks } from "./run-checks.ts";
import { stateDirectoryCheck } from "./state-directory.ts";
import { createSubject, type SubjectOptions } from "./subject.ts";
import { wayChecks } from "./ways.ts";
import { whoMayLookCheck } from "./who-may-look.ts";

export type { CheckResult };

/** Longer than an import of a plugin, and than a dial, may take. */
const LIMIT_MS = 20 * SECOND;

export interface CheckOptions extends SubjectOptions {
  readonly inspectPlugins: InspectPlugins;
}

/** Looks at all that must be right for the agent to serve, and changes nothing. Takes 20 s at most. Never rejects. */
export function checkAll(options: CheckOptions): Promise<CheckResult[]> {
  const subject = createSubject(options);
  const checks = [
    configurationCheck(subject),
    identityCheck(subject),
    pluginsCheck(subject, options.inspectPlugins),
    stateDirectoryCheck(subject),
    whoMayLookCheck(subject),
    clockCheck(subject),
    proxyCheck(subject),
    namesCheck(subject),
    ...wayChecks(subject),
  ];
  return runChecks(checks, { limit: LIMIT_MS, clock: options.clock });
}

import type { Clock } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import { takeInvitation } from "./invitation.ts";
import { chooseSend } from "./senders.ts";
import { createServiceManager, type ServiceManager } from "./service-manager.ts";

export interface OpenServiceManagerOptions {
  /** `process.env`: the invitation is taken out of it, so that nothing that is started here has it. */
  readonly env: Record<string, string | undefined>;
  readonly pid: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The service manager that has started this process and wants to be told how it is; undefined if there is none. */
export function openServiceManager({
  env,
  pid,
  ...options
}: OpenServiceManagerOptions): ServiceManager | undefined {
  const invitation = takeInvitation(env, pid);
  if (invitation === undefined) return undefined;
  const { watchdogMs } = invitation;
  return createServiceManager({ ...options, watchdogMs, send: chooseSend(invitation, env.PATH) });
}

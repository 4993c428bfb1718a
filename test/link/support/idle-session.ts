import type { HubSession } from "../../../src/link/hub-session.ts";
import { ANYONE } from "../../support/hub/identity.ts";

const never = (): Promise<never> => new Promise(() => {});

/** A session that takes everything, and on which nothing happens. */
export function idleSession(given: Partial<HubSession> = {}): HubSession {
  return {
    generation: 1,
    way: "mqtt",
    identity: ANYONE,
    ended: never(),
    sendReply: () => true,
    sendMessage: never,
    listen: async () => {},
    getTwin: never,
    reportProperties: never,
    handOver() {},
    check: async () => {},
    delivered: async () => {},
    close: async () => {},
    ...given,
  };
}

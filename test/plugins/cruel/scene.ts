import { expect } from "vitest";
import {
  type AgentOnHub,
  type AgentOnHubOptions,
  DEVICE_ID,
  startAgentOnHub,
} from "../../support/agent/agent-on-hub.ts";
import type { CleanUp } from "../../support/clean-up.ts";
import { methodCaller } from "../../support/hub/call-method.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { writeFiles } from "../load.ts";
import { costsOfOthers } from "./costs-of-others.ts";

/** What every caller may count on, whatever a plugin does. */
const PING_LIMIT_MS = 100;
/**
 * Tests share this machine, and what that costs cannot all be taken off: a few pings may be slower. None may be as slow as
 * it would be if a plugin held the agent's thread: that would be for seconds.
 */
const FEW = 0.05;
const HELD_MS = 1_000;

export interface CruelReply {
  readonly status: number;
  /** The code of an error of the agent's own. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly payload: unknown;
}

export interface CruelScene extends AgentOnHub {
  readonly plugins: string;
  call(methodName: string, payload?: unknown): Promise<CruelReply>;
  /** Resolves when a method answers with 200. */
  answers(methodName: string): Promise<void>;
  /** Pings all the while something goes on; fails if that was slow, or not answered. */
  pinging<T>(work: () => Promise<T>): Promise<T>;
  metrics(): Promise<string>;
}

/**
 * A real agent, which keeps its modules in threads unless `env` says otherwise: less holds them there. With plugins
 * that mean no good, and one that does (`good`).
 */
export async function startCruel(
  cleanUp: CleanUp,
  files: Readonly<Record<string, string>>,
  env: Record<string, string> = {},
  options: Pick<AgentOnHubOptions, "whileTheyStart"> = {},
): Promise<CruelScene> {
  const plugins = await cleanUp.folder();
  await writeFiles(plugins, { ...files, "good.mjs": "export default { methods: { good: () => 'here' } };" });
  const scene = await startAgentOnHub(cleanUp, {
    ...options,
    plugins,
    env: { HUBHAND_PLUGINS_ISOLATE: "thread", ...env },
  });
  const caller = await methodCaller(scene.hub);
  const place = async (methodName: string, payload?: unknown): Promise<CruelReply> => {
    const { status, payload: body } = await caller(DEVICE_ID, { methodName, payload });
    const error = (body as { error?: { code: string; message: string } } | null)?.error;
    return { status, code: error?.code, message: error?.message, payload: body };
  };
  return {
    ...scene,
    plugins,
    call: place,
    answers: (methodName) =>
      waitUntil(`${methodName} answers`, async () => (await place(methodName)).status === 200),
    async pinging(work) {
      let going = true;
      const times: number[] = [];
      const pinger = (async () => {
        while (going) {
          const since = performance.now();
          const costs = costsOfOthers(scene.agent.pid);
          const { status } = await place("hubhand.ping");
          // Other tests run on this machine; what they cost the agent and us is not the plugin's doing.
          const took = performance.now() - since;
          expect(status).toBe(200);
          times.push(Math.round(took - costs(took)));
        }
      })();
      // Whichever of the two fails is told once, when both have ended.
      pinger.catch(() => {});
      const result = await work().finally(() => {
        going = false;
      });
      await pinger;
      expect(times.length).toBeGreaterThan(0);
      expect(times.filter((took) => took > HELD_MS)).toEqual([]);
      const slow = times.filter((took) => took > PING_LIMIT_MS);
      expect(slow.length, `of ${times.length} pings these took long: ${slow}`).toBeLessThanOrEqual(
        Math.ceil(times.length * FEW),
      );
      return result;
    },
    metrics: async () => (await fetch(`${scene.url}/metrics`)).text(),
  };
}

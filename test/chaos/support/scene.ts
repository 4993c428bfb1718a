import type { CleanUp } from "../../support/clean-up.ts";
import type { AgentUnderTest, StartOptions } from "./agent.ts";
import type { FaultyProxy } from "./faulty-proxy.ts";

export interface Answer {
  readonly status: number;
  readonly payload: unknown;
}

/** A hub, an agent, and the road between them: where a fault happens. */
export interface Scene {
  readonly proxy: FaultyProxy;
  /** Connections that the agent has not closed. */
  readonly open: number;
  /** The agent, once it was started. */
  readonly agent: AgentUnderTest;
  startAgent(config?: Readonly<Record<string, string>>): Promise<void>;
  /** Calls a direct method as a back end does. */
  call(
    methodName: string,
    payload?: unknown,
    options?: { responseTimeoutInSeconds?: number },
  ): Promise<Answer>;
  /** Ends the hub and the road, and not the agent. */
  close(): Promise<void>;
}

/** Starts one kind of agent; it ends with the test, if not before. */
export type StartAgent<A extends AgentUnderTest = AgentUnderTest> = (
  cleanUp: CleanUp,
  options: StartOptions,
) => Promise<A>;

/** Holds the agent of a scene, which is started when the fault allows. */
export function agentSlot<A extends AgentUnderTest>(cleanUp: CleanUp, start: StartAgent<A>) {
  let running: A | undefined;
  return {
    get agent(): A {
      if (running === undefined) throw new Error("the agent was not started yet");
      return running;
    },
    async start(options: StartOptions): Promise<void> {
      running = await start(cleanUp, options);
    },
  };
}

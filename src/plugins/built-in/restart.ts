import { SECOND } from "../../durations.ts";
import type { EventName } from "../../events/registry.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

/** The reply must be out before what carries it ends. */
const DELAY_MS = SECOND;

/** `hubhand.restart`: the agent ends, and whoever watches over it starts it again. */
export function restartMethod({
  restart,
  clock,
}: Pick<BuiltInSources, "restart" | "clock">): MethodDefinition {
  return {
    description: "Ends the agent in order, with exit code 75; Docker, systemd or Kubernetes starts it again.",
    schema: { type: ["object", "null"], additionalProperties: false, properties: {} },
    replySchema: {
      type: "object",
      required: ["restarting"],
      properties: { restarting: { const: true } },
    },
    handler(_payload, { reply, log }) {
      reply(202, { restarting: true });
      log.warn(
        { event: "agent.restarts" satisfies EventName },
        "the agent will end, to be started afresh: a caller asked for it",
      );
      clock.setTimer(DELAY_MS, restart);
    },
  };
}

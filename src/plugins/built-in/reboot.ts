import { SECOND } from "../../durations.ts";
import type { EventName } from "../../events/registry.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

/** The reply must be at the hub before the host ends what carries it. */
const DELAY_MS = 2 * SECOND;

/** `hubhand.reboot`: asks the host to reboot. hubhand itself cannot, and must not be able to. */
export function rebootMethod({ reboot, clock }: Pick<BuiltInSources, "reboot" | "clock">): MethodDefinition {
  return {
    description:
      "Asks the host to reboot. The answer comes first: whether it did shows when the device is back.",
    schema: { type: ["object", "null"], additionalProperties: false, properties: {} },
    replySchema: {
      type: "object",
      required: ["rebooting"],
      properties: { rebooting: { const: true } },
    },
    concurrency: 1,
    queue: 0,
    async handler(_payload, { reply, log }) {
      await reboot.possible();
      reply(202, { rebooting: true });
      log.warn(
        { event: "agent.reboots-host" satisfies EventName },
        "the host will be asked to reboot: a caller asked for it",
      );
      clock.setTimer(DELAY_MS, () => {
        reboot
          .ask()
          .catch((error: unknown) =>
            log.error(
              { event: "agent.reboot-failed" satisfies EventName, err: error },
              "the host cannot be asked to reboot",
            ),
          );
      });
    },
  };
}

import { HOUR } from "../durations.ts";
import { messageOf } from "../errors.ts";
import { type Check, fatal, ok, Unmet, warning } from "./check.ts";
import type { Subject } from "./subject.ts";

const DAY = 24 * HOUR;
const SOON_DAYS = 30;

export function identityCheck(subject: Subject): Check {
  return {
    id: "identity",
    description: "Who the device is",
    async run() {
      const who = await subject.who().catch((error: unknown) => {
        if (error instanceof Unmet) throw error;
        return { problem: messageOf(error) };
      });
      if ("problem" in who)
        return fatal(who.problem, "docs/configure.md says how to tell who the device is.");
      const { identities, validTo } = who;
      const words = Object.entries(identities.description).map(([name, value]) => `${name} ${value}`);
      const told = words.join(", ");
      if (validTo === undefined) return ok(told);
      const days = Math.floor((validTo.getTime() - subject.clock.wallClock()) / DAY);
      const end = `its certificate ends at ${validTo.toISOString()}`;
      if (days >= SOON_DAYS) return ok(`${told}; ${end}`);
      // That it has ended is a warning too: the hub has the last word, and this machine's clock may be wrong.
      return warning(`${told}; ${end}`, "Renew it; the new one is used without a restart.");
    },
  };
}

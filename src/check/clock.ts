import { judgeClock } from "../link/wrong-clock.ts";
import { type Check, fatal, ok, skipped } from "./check.ts";
import type { Subject } from "./subject.ts";

export function clockCheck(subject: Subject): Check {
  return {
    id: "clock",
    description: "The clock of this machine",
    async run() {
      const { host } = await subject.target();
      const { webSocketPort: port, proxy } = subject.config().values.link;
      const { clock } = subject;
      const { verdict, how } = await judgeClock({ host, port, proxy: proxy ?? undefined }, clock);
      if (verdict === "wrong")
        return fatal(`it is ${how}`, "Set it (NTP): tokens and certificates do not count.");
      const now = new Date(clock.wallClock()).toISOString();
      return verdict === "right"
        ? ok(`${now}, as the hub's`)
        : skipped(`${now}; the hub does not tell its own`);
    },
  };
}

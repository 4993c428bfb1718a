import { type Check, fatal, ok, skipped } from "./check.ts";
import type { Subject } from "./subject.ts";

export function clockCheck(subject: Subject): Check {
  return {
    id: "clock",
    description: "The clock of this machine",
    async run() {
      const network = await subject.network();
      const { verdict, how } = await network.clock();
      if (verdict === "wrong")
        return fatal(
          `it is ${how}, so that tokens and certificates do not count`,
          "Set it: timedatectl set-ntp true, or date -u -s; a Raspberry Pi without a network has no time after power was off. A container has its host's.",
        );
      const now = new Date(subject.clock.wallClock()).toISOString();
      return verdict === "right"
        ? ok(how.startsWith("0 ") ? `${now}, as the hub's` : `${now}, ${how}, which does no harm`)
        : skipped(`${now}; the hub does not tell its own`);
    },
  };
}

/** Whether what dates and tokens say is of no use: false too where the hub cannot be asked for the time. */
export const isClockWrong = (subject: Subject): Promise<boolean> =>
  subject
    .network()
    .then((network) => network.clock())
    .then(
      ({ verdict }) => verdict === "wrong",
      () => false,
    );

import type { Clock } from "../../clock.ts";
import type { HubSession } from "../hub-session.ts";

/** Has a session's subscription checked every so many milliseconds, as long as the session lives. */
export function keepChecking(session: HubSession, { every, clock }: { every: number; clock: Clock }): void {
  let over = false;
  let cancel = clock.setTimer(every, look);
  void session.ended.then(() => {
    over = true;
    cancel();
  });

  function look(): void {
    void session.check().then(() => {
      if (!over) cancel = clock.setTimer(every, look);
    });
  }
}

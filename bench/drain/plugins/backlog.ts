import { setTimeout as sleep } from "node:timers/promises";
import { definePlugin } from "hubhand";

/** The hub is out of reach by then. */
const BEFORE_MS = 1_000;
const AT_ONCE = 200;

/** A method to measure calls by, and one that makes a backlog as soon as nobody can be told anything. */
export default definePlugin({
  methods: {
    any: { concurrency: 64, queue: 1_000, handler: () => ({ on: true }) },
    fill({ count }: { count: number }, { telemetry, log }) {
      void (async () => {
        await sleep(BEFORE_MS);
        for (let sent = 0; sent < count; sent += AT_ONCE) {
          const some = Array.from({ length: Math.min(AT_ONCE, count - sent) }, (_, index) =>
            telemetry.send({ number: sent + index, celsius: 21.5, humidity: 40, room: "cellar" }),
          );
          await Promise.all(some);
        }
        log.warn({ filled: count }, "the backlog is there");
      })();
      return { filling: count };
    },
  },
});

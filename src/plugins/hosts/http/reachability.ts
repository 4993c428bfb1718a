import { connect } from "node:net";
import type { Clock } from "../../../clock.ts";
import { SECOND } from "../../../durations.ts";
import type { Logger } from "../../../events/logger.ts";
import type { PluginObserver } from "../../plugin.ts";

/** One call in vain may be the service's restart; so many in a row are an outage. */
const FAILURES_UNTIL_DOWN = 3;
/** While it is down, how often it is looked for: calls may be rare, and nobody else would tell that it is back. */
const LOOK_EVERY_MS = 10 * SECOND;
const CONNECT_LIMIT_MS = 5 * SECOND;

export interface ReachabilityOptions {
  readonly url: URL;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Whether a service is there, from how its calls went. */
export interface Reachability {
  start(observer: PluginObserver): void;
  answered(): void;
  unanswered(problem: string): void;
  stop(): void;
}

export function createReachability({ url, logger, clock }: ReachabilityOptions): Reachability {
  let observer: PluginObserver | undefined;
  let failures = 0;
  let isDown = false;
  let stopped = false;
  let cancelTimer = (): void => {};

  function answered(): void {
    failures = 0;
    if (!isDown) return;
    isDown = false;
    cancelTimer();
    logger.info({ event: "plugin.up" }, `${url.origin} is there again`);
    observer?.up();
  }

  function look(): void {
    cancelTimer = clock.setTimer(LOOK_EVERY_MS, async () => {
      if (await takesConnections(url)) answered();
      else if (isDown && !stopped) look();
    });
  }

  return {
    start(watcher) {
      observer = watcher;
    },
    answered,
    unanswered(problem) {
      failures += 1;
      if (isDown || stopped || failures < FAILURES_UNTIL_DOWN) return;
      isDown = true;
      logger.warn({ event: "plugin.down", failures }, `the plugin is down: ${problem}`);
      observer?.down(problem);
      look();
    },
    stop() {
      stopped = true;
      cancelTimer();
    },
  };
}

export function takesConnections({ hostname, port, protocol }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
      timeout: CONNECT_LIMIT_MS,
    });
    const end = (there: boolean): void => {
      socket.destroy();
      resolve(there);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

import { type Clock, systemClock } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import { createFollower, type Follower, type FollowerStatus } from "./follower.ts";
import { type LastGood, type LastGoodStore, NONE_YET } from "./last-good.ts";
import { nextReported, type Snapshot } from "./next-reported.ts";
import type { PropertyObject } from "./properties.ts";
import { createReporter, type ReporterStatus } from "./reporter.ts";
import { createSync } from "./sync.ts";
import type { TwinSession } from "./twin-session.ts";
import type { Writables } from "./writable.ts";

export interface TwinOptions {
  /** Whether desired properties are followed. */
  readonly follow: boolean;
  /** What was accepted last, out of `store`. */
  readonly lastGood: LastGood;
  readonly store: Pick<LastGoodStore, "save">;
  /** The parts of the device that take desired properties; asked again as plugins come and go. */
  writables(): readonly Writables[];
  /** What the device tells of itself, at the names of `READ_ONLY`; quick, for it is asked often. */
  readonly snapshot: Snapshot;
  readonly metrics: Pick<Metrics, "twinUpdates" | "twinVersion">;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface TwinStatus extends FollowerStatus {
  readonly reported?: ReporterStatus;
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** The device twin: what is desired is made so, and what is so is reported. */
export interface Twin {
  /** Goes by what was accepted last, until the hub is in reach. */
  start(): void;
  /** There is another session with the hub. */
  online(session: TwinSession): void;
  /** The hub pushes a change of desired properties: a patch with its `$version`. */
  pushed(patch: PropertyObject, session: TwinSession): void;
  /** Its subscriptions were made anew: changes may have been missed. */
  checked(session: TwinSession): void;
  /** Desired values that are in force, for plugins that are still to be loaded. */
  lastGood(): LastGood;
  /** Plugins have come, gone or changed. */
  refresh(): void;
  status(): TwinStatus;
  /** Nothing is applied or reported any more; resolves when what was accepted is on disk. */
  stop(): Promise<void>;
}

/** Nothing in it starts before `start` or `online`. */
export function createTwin(options: TwinOptions): Twin {
  const { follow, metrics, logger, clock = systemClock, random = Math.random } = options;
  for (const outcome of ["applied", "refused", "failed"])
    metrics.twinUpdates.inc({ side: "desired", outcome }, 0);
  for (const outcome of ["ok", "failed"]) metrics.twinUpdates.inc({ side: "reported", outcome }, 0);
  let last: Promise<unknown> = Promise.resolve();
  let wasCut = false;
  let isPartial = false;
  /** One exchange after the other: what is read must not be older than what was reported. */
  const inTurn = <T>(exchange: () => Promise<T>): Promise<T> => {
    const turn = last.then(exchange);
    last = turn.catch(() => {});
    return turn;
  };
  const lastGood = follow ? options.lastGood : NONE_YET;
  const follower: Follower = createFollower({
    ...options,
    lastGood,
    clock,
    onChange: () => reporter.look(),
  });
  const { isBusy } = follower;
  const reporter = createReporter({
    ...options,
    next,
    isPartial: () => isPartial,
    isBusy,
    inTurn,
    clock,
    random,
  });
  const sync = createSync({
    inTurn,
    logger,
    clock,
    random,
    onDesired(desired, change) {
      if (follow) follower.follow(desired, change);
    },
    onReported: (reported, session) => reporter.begin(session, reported),
    onEnd: reporter.end,
  });

  function next(known: PropertyObject): PropertyObject {
    const { answers, isDesired } = follower;
    const { snapshot } = options;
    const reported = nextReported({ known, snapshot, answers: answers(), isDesired });
    if (reported.isCut && !wasCut)
      logger.warn(
        { event: "twin.report-cut" },
        "not all of what is reported fits into the twin: the hub takes 32 KiB. Lists are left out.",
      );
    ({ isCut: wasCut, isPartial } = reported);
    return reported.next;
  }

  return {
    start() {
      if (follow) follower.start();
    },
    online: sync.online,
    pushed: sync.pushed,
    checked: sync.checked,
    lastGood: follower.lastGood,
    refresh() {
      if (follow) follower.refresh();
      reporter.look();
    },
    status() {
      const reported = reporter.status();
      const problem = sync.problem();
      return {
        ...follower.status(),
        ...(Object.keys(reported).length > 0 ? { reported } : {}),
        ...(problem === undefined ? {} : { problem }),
      };
    },
    async stop() {
      sync.stop();
      reporter.end();
      await follower.stop();
    },
  };
}

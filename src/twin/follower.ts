import type { Clock } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import type { Answers } from "./acknowledgement.ts";
import { answersOf, goodOf, outcomeOf, type PartAnswers, tellAnswers } from "./answers.ts";
import { COMPONENT, componentsIn, type Desired, partOf } from "./desired.ts";
import { createGoodKeeper, ROOT } from "./good-keeper.ts";
import type { LastGood, LastGoodStore } from "./last-good.ts";
import { isEmpty, isSame, type PropertyObject, without } from "./properties.ts";
import { createSeenVersions } from "./seen-versions.ts";
import { READ_ONLY, type Writables } from "./writable.ts";

/** A plugin that comes and goes may change much at once. */
const REFRESH_DELAY_MS = 100;

export interface FollowerOptions {
  /** Which parts of the device take desired properties; asked each time, as plugins come and go. */
  writables(): readonly Writables[];
  readonly lastGood: LastGood;
  readonly store: Pick<LastGoodStore, "save">;
  readonly metrics: Pick<Metrics, "twinUpdates" | "twinVersion">;
  readonly logger: Logger;
  readonly clock: Clock;
  /** There may be other answers than before. */
  onChange(): void;
}

/** How desired properties came to differ: by this patch, or nobody knows, and any of them may be new. */
export type Change = "all" | { readonly patch: PropertyObject };

/** A part of the device on its way to what is desired of it: one application at a time, the latest wins. */
interface Lane {
  /** ROOT for the device itself. */
  readonly component: string;
  /** The only one of it that it takes; undefined for all. */
  readonly property: string | undefined;
  /** Whether it is given what is desired by this name. */
  takes(name: string): boolean;
  applied: PropertyObject | undefined;
  answers: PartAnswers;
  /** What it answered was to what was kept from the last run. */
  isOld: boolean;
  isDirty: boolean;
  isRunning: boolean;
}

/** How far the device has followed, for whoever looks. Properties by name, those of a component as `component.property`. */
export interface FollowerStatus {
  /** Of the desired properties; absent until the hub was in reach. */
  readonly version?: number;
  readonly applying?: readonly string[];
  readonly refused?: readonly string[];
  /** Components that nobody here answers for. */
  readonly absent?: readonly string[];
}

export interface Follower {
  /** What was accepted last is made so, before the hub is in reach. */
  start(): void;
  follow(next: Desired, change: Change): void;
  /** Parts may have come or gone, or may take now what they refused. */
  refresh(): void;
  /** Something is being applied. */
  isBusy(): boolean;
  /** None before the hub was in reach. */
  answers(): Answers;
  isDesired(component: string, property: string): boolean;
  version(): number;
  lastGood(): LastGood;
  status(): FollowerStatus;
  /** Nothing is applied any more; resolves when what was accepted is on disk. */
  stop(): Promise<void>;
}

/**
 * Makes what is desired so, part by part, and knows what became of it. Until the hub is in reach it goes by what was
 * accepted last. A part that takes its time holds up no other.
 */
export function createFollower(options: FollowerOptions): Follower {
  const { metrics, logger, clock, onChange } = options;
  const lanes = new Map<string, Lane>();
  const seen = createSeenVersions();
  const told = new Set<string>();
  let desired: Desired = { version: options.lastGood.version, values: valuesOf(options.lastGood) };
  let isFromHub = false;
  let isStopped = false;
  let cancelRefresh: (() => void) | undefined;
  const keeper = createGoodKeeper({ ...options, from: options.lastGood, version: () => desired.version });

  /** By what its lane is called: its component, and after a space, which no name in a twin has, its property. */
  function writables(): Map<string, Writables> {
    const found = new Map<string, Writables>();
    for (const each of options.writables()) {
      const { component = ROOT, property } = each;
      if (READ_ONLY.includes(component)) tellUnreachable(component);
      else found.set(property === undefined ? component : `${component} ${property}`, each);
    }
    return found;
  }

  function tellUnreachable(name: string): void {
    if (told.has(name)) return;
    told.add(name);
    logger.warn(
      { event: "twin.name-taken", component: name },
      `the twin cannot reach "${name}": the device itself reports by this name`,
    );
  }

  const absentIn = (values: PropertyObject): readonly string[] =>
    componentsIn(values).filter((name) => !lanes.has(name));

  /** Each name once: its plugin may come yet, or it is misspelt. */
  function tellAbsent(): void {
    const news = absentIn(desired.values).filter((name) => !told.has(name));
    if (news.length === 0) return;
    for (const name of news) told.add(name);
    logger.info(
      { event: "twin.component-unknown", components: news },
      "the twin desires something of components that are not there",
    );
  }

  /** A part that has gone is forgotten, but for one that is at work: it must have ended before it is asked again. */
  function renewLanes(): void {
    const all = writables();
    for (const [name, { isRunning }] of lanes) if (!all.has(name) && !isRunning) lanes.delete(name);
    for (const [name, { component = ROOT, property, isMisspelt }] of all)
      if (!lanes.has(name))
        lanes.set(name, {
          component,
          property,
          takes: (written) =>
            property === undefined || written === property || isMisspelt?.(written) === true,
          applied: undefined,
          answers: new Map(),
          isOld: false,
          isDirty: true,
          isRunning: false,
        });
  }

  const partIn = (values: PropertyObject, name: string): PropertyObject =>
    partOf(values, name === ROOT ? undefined : name, new Set(lanes.keys()));

  const partFor = ({ component, takes }: Lane, values: PropertyObject): PropertyObject =>
    without(partIn(values, component), (name) => !takes(name));

  const isDesired = (name: string, property: string): boolean =>
    Object.hasOwn(partIn(desired.values, name), property);

  function remember(change: Change): void {
    if (change === "all") seen.clear();
    const values = change === "all" ? desired.values : change.patch;
    for (const name of [ROOT, ...Object.keys(values)])
      seen.set(name, Object.keys(partIn(values, name)), desired.version);
    seen.prune(isDesired);
  }

  /** Also one that has the same value: who wrote it waits for the acknowledgement of this version. */
  function isMeant(lane: Lane, change: Change): boolean {
    if (change === "all" || !isSame(lane.applied, partFor(lane, desired.values))) return true;
    return !isEmpty(partFor(lane, change.patch));
  }

  function runAll(): void {
    renewLanes();
    for (const lane of lanes.values()) lane.isDirty = true;
    runDirty();
  }

  function runDirty(): void {
    for (const [name, lane] of lanes) if (lane.isDirty && !lane.isRunning) void run(name, lane);
    settle();
  }

  async function run(name: string, lane: Lane): Promise<void> {
    lane.isRunning = true;
    while (lane.isDirty && !isStopped) {
      lane.isDirty = false;
      const writable = writables().get(name);
      if (writable === undefined) {
        lanes.delete(name);
        break;
      }
      const part = partFor(lane, desired.values);
      const isOld = !isFromHub;
      const { version } = desired;
      const versionOf = (property: string) => seen.get(lane.component, property) ?? version;
      const answers = await answersOf(writable, part, versionOf);
      take(lane, { part, answers, isOld });
    }
    lane.isRunning = false;
    settle();
  }

  function take(lane: Lane, taken: { part: PropertyObject; answers: PartAnswers; isOld: boolean }): void {
    // What ends now would be written to a disk that may be somebody else's by then.
    if (isStopped) return;
    const { part, answers, isOld } = taken;
    const component = lane.component === ROOT ? undefined : lane.component;
    const hadNothing = isEmpty(part) && isEmpty(lane.applied ?? {});
    if (!isOld && !hadNothing) metrics.twinUpdates.inc({ side: "desired", outcome: outcomeOf(answers) });
    tellAnswers({ logger, component, answers, before: lane.answers, isOld });
    const before = keeper.part(lane.component);
    const good = goodOf({ desired: part, answers, before, isOld });
    keeper.keep(lane.component, { ...without(before, lane.takes), ...good });
    lane.applied = part;
    lane.answers = answers;
    lane.isOld = isOld;
    onChange();
  }

  const isBusy = (): boolean => [...lanes.values()].some(({ isDirty, isRunning }) => isDirty || isRunning);

  function settle(): void {
    if (isFromHub && !isBusy()) metrics.twinVersion.set(desired.version);
    onChange();
  }

  return {
    start: runAll,
    follow(next, change) {
      desired = next;
      isFromHub = true;
      renewLanes();
      tellAbsent();
      remember(change);
      keeper.prune(isDesired);
      for (const lane of lanes.values()) if (isMeant(lane, change)) lane.isDirty = true;
      runDirty();
    },
    refresh() {
      if (isStopped) return;
      cancelRefresh ??= clock.setTimer(REFRESH_DELAY_MS, () => {
        cancelRefresh = undefined;
        runAll();
      });
    },
    isBusy,
    answers() {
      // What was kept from the last run is no answer to what is desired now.
      const all = new Map<string, PartAnswers>();
      for (const { component, answers, isOld } of lanes.values())
        if (!isOld) all.set(component, new Map([...(all.get(component) ?? []), ...answers]));
      return all;
    },
    isDesired,
    version: () => desired.version,
    lastGood: () => keeper.good,
    status() {
      const busy = [...lanes.values()].filter(({ isDirty, isRunning }) => isDirty || isRunning);
      const applying = busy.map(({ component, property }) => component || (property ?? "the device itself"));
      const refused = [...lanes.values()].flatMap(({ component, answers }) =>
        [...answers]
          .filter(([, { status }]) => status >= 400)
          .map(([property]) => (component === ROOT ? property : `${component}.${property}`)),
      );
      const absent = absentIn(desired.values);
      return {
        ...(isFromHub ? { version: desired.version } : {}),
        ...(applying.length > 0 ? { applying } : {}),
        ...(refused.length > 0 ? { refused } : {}),
        ...(absent.length > 0 ? { absent } : {}),
      };
    },
    async stop() {
      isStopped = true;
      cancelRefresh?.();
      await keeper.flush();
    },
  };
}

/** As the hub would send them. */
function valuesOf({ root, components }: LastGood): PropertyObject {
  const parts = Object.entries(components).map(([name, part]) => [name, { ...COMPONENT, ...part }] as const);
  return { ...root, ...Object.fromEntries(parts) };
}

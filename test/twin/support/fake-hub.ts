import { merge, type PropertyObject } from "../../../src/twin/properties.ts";
import type { TwinDocument, TwinSession } from "../../../src/twin/twin-session.ts";

/** A session that ends when the test wants it to. */
export interface FakeSession extends TwinSession {
  end(): void;
  readonly isOver: boolean;
}

export interface FakeHub {
  /** Another session; the one before it ends. */
  connect(): FakeSession;
  /** The back end's patch; pushed if somebody listens. */
  desire(patch: PropertyObject): void;
  /** A back end deletes the device and makes it again. */
  makeAnew(desired?: PropertyObject): void;
  /** The next exchanges fail so, one after the other. */
  fail(...errors: (Error | undefined)[]): void;
  /** The hub has forgotten the subscription; the session lives. */
  forgetSubscription(): void;
  readonly desired: PropertyObject;
  readonly version: number;
  readonly reported: PropertyObject;
  /** What was reported, in order. */
  readonly updates: PropertyObject[];
  /** How often the twin was read. */
  readonly reads: number;
  onPush: (patch: PropertyObject, session: FakeSession) => void;
}

export const refusedWith = (status: number): Error =>
  Object.assign(new Error(`the hub answered ${status}`), { status });

/** A hub's side of one twin, in memory: quick, and it errs on demand. */
export function fakeHub(): FakeHub {
  let desired: PropertyObject = {};
  let version = 1;
  let reported: PropertyObject = {};
  let reportedVersion = 1;
  let current: { session: FakeSession; isListening: boolean; end: () => void } | undefined;
  const failures: (Error | undefined)[] = [];

  const hub = {
    updates: [] as PropertyObject[],
    reads: 0,
    onPush: (_patch: PropertyObject, _session: FakeSession): void => {},
    get desired() {
      return desired;
    },
    get version() {
      return version;
    },
    get reported() {
      return reported;
    },
    connect(): FakeSession {
      current?.end();
      const over = Promise.withResolvers<void>();
      let isOver = false;
      const state = {
        isListening: false,
        end() {
          isOver = true;
          if (current === state) current = undefined;
          over.resolve();
        },
        session: undefined as unknown as FakeSession,
      };
      const exchange = async <T>(answer: () => T): Promise<T> => {
        if (isOver) throw new Error("the session is over");
        const failure = failures.shift();
        // It has reached the hub; the answer is under way.
        const result = failure === undefined ? answer() : undefined;
        await Promise.race([turns(2), over.promise]);
        if (isOver) throw new Error("the session has ended");
        if (failure !== undefined) throw failure;
        return result as T;
      };
      state.session = {
        ended: over.promise,
        end: state.end,
        get isOver() {
          return isOver;
        },
        async listen() {
          await exchange(() => {
            state.isListening = true;
          });
        },
        getTwin: () =>
          exchange((): TwinDocument => {
            hub.reads += 1;
            return {
              desired: { ...desired, $version: version },
              reported: { ...reported, $version: reportedVersion },
            };
          }),
        reportProperties: (patch) =>
          exchange(() => {
            hub.updates.push(patch);
            reported = merge(reported, patch);
            reportedVersion += 1;
            return reportedVersion;
          }),
      };
      current = state;
      return state.session;
    },
    desire(patch: PropertyObject) {
      desired = merge(desired, patch);
      version += 1;
      const told = { ...patch, $version: version };
      const to = current;
      if (to?.isListening) queueMicrotask(() => hub.onPush(told, to.session));
    },
    makeAnew(fresh: PropertyObject = {}) {
      current?.end();
      desired = fresh;
      version = 1;
      reported = {};
      reportedVersion = 1;
    },
    fail(...errors: (Error | undefined)[]) {
      failures.push(...errors);
    },
    forgetSubscription() {
      if (current !== undefined) current.isListening = false;
    },
  };
  return hub;
}

/** Lets what is ready run. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

const DAY = 86_400;
const MINUTE = 60;

/** What a fleet is made to do; what a device is told by its configuration, in seconds. */
export interface Fleet {
  readonly name: string;
  readonly devices: number;
  /** `schedule.heartbeat`; Infinity: never. */
  readonly heartbeat: number;
  /** Messages of plugins that a device sends in a day; each at most 4 KB. */
  readonly messages: number;
  /** Direct methods that a device is called with in a day; call and answer at most 4 KB each. */
  readonly methods: number;
  /** Changes that a back end makes to a device's twin in a day. */
  readonly twinChanges: number;
  /** `link.tokenLifetime`; Infinity: a certificate, whose sessions are not replaced. */
  readonly tokenLifetime: number;
  /** `link.subscriptionCheck`. */
  readonly subscriptionCheck: number;
  /** Bytes of the twin as a device reads it. */
  readonly twinBytes: number;
}

/** Nothing but what hubhand does unless it is told otherwise, and a call a day. */
export const USUAL: Fleet = {
  name: "as it comes",
  devices: 1_000_000,
  heartbeat: 15 * MINUTE,
  messages: 0,
  methods: 1,
  twinChanges: 0,
  tokenLifetime: 60 * MINUTE,
  subscriptionCheck: 10 * MINUTE,
  twinBytes: 1_509,
};

export const THRIFTY: Fleet = {
  ...USUAL,
  name: "thrifty",
  heartbeat: 60 * MINUTE,
  tokenLifetime: DAY,
  subscriptionCheck: 2 * 60 * MINUTE,
};

export const TALKATIVE: Fleet = { ...USUAL, name: "talkative", messages: DAY / MINUTE, methods: 24 };

/** What one device does in a day, in pieces of 4 KB where the hub counts so. */
export interface DayOfDevice {
  readonly sends: number;
  readonly connections: number;
  readonly twinReads: number;
  readonly twinUpdates: number;
  readonly methods: number;
  /** What the hub counts against its quota (learn.microsoft.com, "Azure IoT Hub billing information"). */
  readonly messages: number;
}

/** A session is replaced at some point between these parts of its token's life (src/link/link.ts). */
export const REPLACED = { from: 0.45, to: 0.65 } as const;
/** Checks of the subscription without a reading of the twin, until one is due (src/twin/sync.ts). */
export const CHECKS_PER_READING = 4;
const METER = 4096;

export function dayOf(fleet: Fleet): DayOfDevice {
  const session = ((REPLACED.from + REPLACED.to) / 2) * fleet.tokenLifetime;
  const connections = DAY / session;
  const betweenReadings = CHECKS_PER_READING * fleet.subscriptionCheck;
  const twinReads = Number.isFinite(session)
    ? connections * readingsOf(fleet.tokenLifetime, betweenReadings)
    : DAY / betweenReadings;
  const sends = DAY / fleet.heartbeat + fleet.messages;
  // By the device: it answers each change by a back end once. The change, and that the device is told of it, are metered too.
  const twinUpdates = fleet.twinChanges;
  const pieces = Math.max(1, Math.ceil(fleet.twinBytes / METER));
  return {
    sends,
    connections,
    twinReads,
    twinUpdates,
    methods: fleet.methods,
    messages: sends + twinReads * pieces + 3 * twinUpdates + 2 * fleet.methods,
  };
}

/** A session reads the twin when it begins, and after each so many seconds; the mean of sessions of every length. */
function readingsOf(tokenLifetime: number, betweenReadings: number): number {
  const steps = 1000;
  let sum = 0;
  for (let step = 0; step < steps; step += 1) {
    const part = REPLACED.from + ((REPLACED.to - REPLACED.from) * (step + 0.5)) / steps;
    sum += 1 + Math.floor((part * tokenLifetime) / betweenReadings);
  }
  return sum / steps;
}

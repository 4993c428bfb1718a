import type { Who } from "../client-id.ts";
import type { ServiceErrorCode } from "../hub-error.ts";
import { type Direction, type Moment, TLS_PORTS, type TlsPort } from "../wire/moments.ts";
import {
  COMMON_FIELDS,
  duration,
  type Field,
  integer,
  MOMENT_FIELDS,
  number,
  oneOf,
  PACKET_FIELDS,
  REST_FIELDS,
  SERVICE_ERROR,
  STRIKE_FIELDS,
  WHO_FIELDS,
} from "./fields.ts";

/** Milliseconds, or text such as `250ms`, `30s`, `5m`, `2h`. */
export type Duration = number | string;

interface Common {
  /** Its name; one is made if absent. */
  id?: string;
  /** After this it is taken back by itself. */
  for?: Duration;
}

interface Strikes extends Common {
  /** How often it strikes; as often as it can if absent. */
  count?: number;
  /** How likely it is to strike at each chance, above 0 to 1; 1 if absent. */
  probability?: number;
  /** Of the dice, for `probability`: the same seed and the same order of events give the same strikes. 1 if absent. */
  seed?: number;
}

interface Personal extends Strikes, Partial<Who> {}

interface OfCalls extends Personal {
  method?: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** How the path begins. */
  path?: string;
}

interface AtMoment extends OfCalls {
  /** At every one if absent. */
  at?: Moment;
  /** Tells the two kinds of `publish` and `puback` apart. */
  direction?: Direction;
}

/** How a TLS handshake goes wrong. */
export type BrokenHandshake = "unknown-authority" | "expired" | "wrong-name" | "reset" | "silence";

/** What can be asked to go wrong; docs/local-hub/faults.md says what each does. */
export type FaultDescription =
  | (Personal & { kind: "refuse-login"; returnCode?: 1 | 2 | 3 | 4 | 5 })
  | (AtMoment & { kind: "drop-connection"; when?: "before" | "middle" | "after" })
  | (AtMoment & { kind: "stall"; when?: "before" | "after" })
  | (AtMoment & { kind: "delay"; by: Duration })
  | (Personal & { kind: "lose"; at: Moment; direction?: Direction })
  | (OfCalls & { kind: "throttle" })
  | (OfCalls & { kind: "answer-error"; code: ServiceErrorCode; when?: "before" | "after" })
  | (Personal & { kind: "expire-tokens"; after?: Duration })
  | (Personal & { kind: "forget-sessions"; when?: "now" | "at-login" })
  | (Strikes & { kind: "break-tls"; how: BrokenHandshake; port?: TlsPort })
  | (Common & { kind: "clock-skew"; by: Duration })
  | (Omit<Personal, "probability"> & { kind: "brown-out"; percent: number });

export type FaultKind = FaultDescription["kind"];

/** A fault that was read: durations are milliseconds, and only what its kind knows is there. */
export interface Fault extends Partial<Who> {
  kind: FaultKind;
  id?: string;
  for?: number;
  count?: number;
  probability?: number;
  seed?: number;
  at?: Moment;
  direction?: Direction;
  when?: "before" | "middle" | "after" | "now" | "at-login";
  returnCode?: number;
  by?: number;
  method?: string;
  path?: string;
  code?: ServiceErrorCode;
  after?: number;
  how?: BrokenHandshake;
  port?: TlsPort;
  percent?: number;
}

const personal = { ...COMMON_FIELDS, ...STRIKE_FIELDS, ...WHO_FIELDS };
const atMoment = { ...personal, ...MOMENT_FIELDS, ...REST_FIELDS };
const { probability: _, ...withoutProbability } = personal;

/** What each kind may say, and must. */
export const KINDS: Record<FaultKind, { fields: Record<string, Field>; required?: readonly string[] }> = {
  "refuse-login": { fields: { ...personal, returnCode: integer({ min: 1, max: 5 }) } },
  "drop-connection": { fields: { ...atMoment, when: oneOf(["before", "middle", "after"]) } },
  stall: { fields: { ...atMoment, when: oneOf(["before", "after"]) } },
  delay: { fields: { ...atMoment, by: duration() }, required: ["by"] },
  lose: { fields: { ...personal, ...PACKET_FIELDS }, required: ["at"] },
  throttle: { fields: { ...personal, ...REST_FIELDS } },
  "answer-error": {
    fields: { ...personal, ...REST_FIELDS, code: SERVICE_ERROR, when: oneOf(["before", "after"]) },
    required: ["code"],
  },
  "expire-tokens": { fields: { ...personal, after: duration() } },
  "forget-sessions": { fields: { ...personal, when: oneOf(["now", "at-login"]) } },
  "break-tls": {
    fields: {
      ...COMMON_FIELDS,
      ...STRIKE_FIELDS,
      how: oneOf(["unknown-authority", "expired", "wrong-name", "reset", "silence"]),
      port: oneOf(TLS_PORTS),
    },
    required: ["how"],
  },
  "clock-skew": { fields: { ...COMMON_FIELDS, by: duration({ signed: true }) }, required: ["by"] },
  "brown-out": {
    fields: { ...withoutProbability, percent: number({ above: 0, max: 100 }) },
    required: ["percent"],
  },
};

import { messageOf } from "../../errors.ts";
import type { Authority } from "../credentials/certificates.ts";
import { END_REASONS, type LogEvent } from "../events.ts";
import type { TraceExchange } from "../trace/exchange.ts";
import { createTracer } from "../trace/tracer.ts";
import { createWire, type Wire } from "../wire/index.ts";
import { concerns } from "./fits.ts";
import type { Fault, FaultDescription } from "./kinds.ts";
import { readFault } from "./read-fault.ts";
import { createFaultTable, type StandingFault } from "./table.ts";
import { createWrongCertificates } from "./wrong-certificates.ts";

/** A fault that was asked for, as it is listed: its durations in milliseconds, and how often it has struck. */
export type ListedFault = Fault & { id: string; struck: number };

/** A fault that was asked for, to be waited for or taken back. */
export interface FaultHandle {
  readonly id: string;
  /** How often it has struck. */
  readonly struck: number;
  /** Resolves when it has struck `count` times, once if absent; rejects if it is taken back before. */
  hasStruck(count?: number): Promise<void>;
  /** Takes it back. What it stalled goes on; what it delayed still comes late. */
  remove(): void;
}

/** What goes wrong in the hub because somebody asked for it. */
export interface Faults {
  /** @throws HubError ArgumentInvalid, which says what is wrong with it */
  add(fault: FaultDescription): FaultHandle;
  list(): ListedFault[];
  /** Takes one back; whether there was one of this id. */
  remove(id: string): boolean;
  /** Takes all of them back. */
  clear(): void;
}

/** The faults of a hub, and the wire that they and the trace stand on. */
export interface FaultyHub {
  faults: Faults;
  wire: Wire;
  /** The hub's clock, as far off as a fault makes it. */
  clock: () => number;
  close(): void;
}

export function createFaults(options: {
  authority: Authority;
  hostNames: readonly string[];
  trace: TraceExchange | undefined;
  log: LogEvent;
  now: () => number;
  forgetSession: (clientId: string) => Promise<void>;
  /** Every device and module there is. */
  clientIds: () => string[];
}): FaultyHub {
  const { authority, hostNames, log, now, forgetSession } = options;
  const table = createFaultTable({ log });
  const tracer = options.trace && createTracer(guarded(options.trace));
  const wrongCertificate = createWrongCertificates({ authority, hostNames, now });
  const clock = () => now() + table.skew();
  const wire = createWire({ faults: table, tracer, log, now: clock, forgetSession, wrongCertificate });

  /** What a fault does at once, rather than at an occasion; what it does at once only is over then. */
  async function begin(standing: StandingFault): Promise<void> {
    const { fault, id } = standing;
    const strike = (clientId: string) =>
      concerns(fault, clientId) && table.strikeNow(standing, { clientId, at: "now" });
    if (fault.kind === "expire-tokens") {
      for (const { clientId, usesToken, end, expireIn } of wire.lines()) {
        if (clientId === undefined || !usesToken || !strike(clientId)) continue;
        if (fault.after === undefined) end(END_REASONS.TOKEN_EXPIRED);
        else expireIn(fault.after);
      }
      if (fault.after === undefined) table.remove(id);
    }
    if (fault.kind === "forget-sessions" && fault.when !== "at-login") {
      const forgotten = options.clientIds().filter(strike).map(forgetSession);
      table.remove(id);
      await Promise.all(forgotten);
    }
    if (fault.kind === "clock-skew") table.strikeNow(standing, { at: "now" });
  }

  return {
    faults: {
      add(description) {
        const standing = table.add(readFault(description));
        const begun = begin(standing);
        begun.catch((error: unknown) => log({ event: "fault", reason: messageOf(error) }));
        return {
          id: standing.id,
          get struck() {
            return standing.struck;
          },
          hasStruck: (count = 1) => standing.hasStruck(count).then(() => begun),
          remove: () => void table.remove(standing.id),
        };
      },
      list: () => table.list().map(({ id, struck, fault }) => ({ ...fault, id, struck })),
      remove: (id) => table.remove(id),
      clear: () => table.clear(),
    },
    wire,
    clock,
    close: () => table.clear(),
  };
}

/** A listener that throws must not bring the hub down, as with the log's. */
function guarded(trace: TraceExchange): TraceExchange {
  return (exchange) => {
    try {
      trace(exchange);
    } catch {
      // The listener is the caller's; there is nobody else to tell.
    }
  };
}

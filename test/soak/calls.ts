import { randomUUID } from "node:crypto";
import { HubhandError } from "../../src/errors.ts";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { createServiceClient, type ServiceClient } from "../../src/service/index.ts";

/** How a call ended, as its caller was told. */
export type Outcome =
  | { readonly kind: "answered"; readonly status: number; readonly payload: unknown }
  | { readonly kind: "failed"; readonly code: string; readonly reason: string };

/** Milliseconds on the machine's monotonic clock. */
export interface Call {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
}

export interface CallShape {
  /** What the handler takes, in milliseconds. */
  readonly takesMs: number;
  readonly connectTimeoutSeconds: number;
}

/** The service's own default is 30 s; a soak wants to know sooner. */
const RESPONSE_TIMEOUT_SECONDS = 10;

export interface CallerOptions {
  readonly deviceId: string;
  /** The hub that there is now: it may be another after a fault. */
  hub(): LocalHub;
  now(): number;
}

export interface Caller {
  /** Those that have ended. */
  readonly calls: readonly Call[];
  /** Makes one; never rejects. */
  call(shape: CallShape): Promise<Call>;
  /** Resolves when none is in flight. */
  idle(): Promise<void>;
}

/** The back end's side: makes calls with Microsoft's service SDK, each once, and writes down how each ended. */
export function createCaller({ deviceId, hub, now }: CallerOptions): Caller {
  const calls: Call[] = [];
  const inFlight = new Set<Promise<Call>>();
  const clients = new WeakMap<LocalHub, ServiceClient>();

  function client(): ServiceClient {
    const current = hub();
    const known = clients.get(current) ?? clientOf(current);
    clients.set(current, known);
    return known;
  }

  async function make({ takesMs, connectTimeoutSeconds }: CallShape): Promise<Call> {
    const id = randomUUID();
    const startedAt = now();
    const outcome = await client()
      .invokeMethod({
        deviceId,
        methodName: "work",
        payload: { id, takesMs },
        connectTimeoutSeconds,
        responseTimeoutSeconds: RESPONSE_TIMEOUT_SECONDS,
      })
      .then((answer): Outcome => ({ kind: "answered", ...answer }), failed);
    const call = { id, startedAt, endedAt: now(), outcome };
    calls.push(call);
    return call;
  }

  return {
    calls,
    call(shape) {
      const made = make(shape).finally(() => inFlight.delete(made));
      inFlight.add(made);
      return made;
    },
    async idle() {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
  };
}

function clientOf({ serviceConnectionString, ca }: LocalHub): ServiceClient {
  return createServiceClient({ connectionString: serviceConnectionString, origin: "the soak's hub", ca });
}

function failed(error: unknown): Outcome {
  if (!(error instanceof HubhandError)) throw error;
  const { reason } = error.details as { reason?: unknown };
  return { kind: "failed", code: error.code, reason: String(reason) };
}

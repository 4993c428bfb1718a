import type { MethodOutcomeName } from "./events.ts";

/** The largest method payload, request or reply, in bytes (learn.microsoft.com, "Understand direct methods"). */
export const METHOD_PAYLOAD_LIMIT = 128 * 1024;

/** How a call ended; `answered` has the device's own status and its payload exactly as it came. */
export type MethodOutcome =
  | { kind: "answered"; status: number; payload: Buffer }
  | { kind: Exclude<MethodOutcomeName, "answered"> };

export interface MethodCall {
  /** Of the device or module that is called. */
  clientId: string;
  methodName: string;
  /** JSON. */
  payload: string;
  /** Milliseconds to wait for the device to connect and subscribe; 0 takes only one that is online. */
  connectTimeoutMs: number;
  /** Milliseconds to wait for the reply, from when the request was sent. */
  responseTimeoutMs: number;
  /** Aborted when the caller has gone: the call is given up, and a later reply ignored. */
  signal: AbortSignal;
}

export interface MethodReply {
  clientId: string;
  requestId: string;
  status: number;
  payload: Buffer;
}

export interface MethodCalls {
  /** Never rejects. */
  invoke(call: MethodCall): Promise<MethodOutcome>;
  /** Takes a device's reply; why it was ignored, if it was (late, unknown, of another device's call). */
  accept(reply: MethodReply): string | undefined;
  /** To be told when a device has connected and subscribed to methods: releases the calls that wait for it. */
  deviceOnline(clientId: string): void;
  /** To be told when a device was deleted. */
  deviceGone(clientId: string): void;
  /** Ends all calls; later ones end at once. */
  close(): void;
  /** Calls now waiting for a device or its reply. */
  readonly inFlight: number;
}

interface PendingCall {
  call: MethodCall;
  /** Set once the request was sent. */
  requestId: string | undefined;
  /** For its client to be online, as long as the caller grants it. */
  wait(): void;
  send(): void;
  end(outcome: MethodOutcome): void;
}

/**
 * The direct method calls that wait: first for their device (or module, as everywhere here), if the caller grants it time, then for its reply. A call
 * whose device drops keeps waiting: the session is kept, and the device may answer on its next connection.
 */
export function createMethodCalls(options: {
  isOnline: (clientId: string) => boolean;
  send: (request: { clientId: string; methodName: string; requestId: string; payload: string }) => void;
  /** The first request id; a random one keeps replies to an earlier process of this hub from matching. */
  firstRequestId: number;
}): MethodCalls {
  const pending = new Set<PendingCall>();
  const sent = new Map<string, PendingCall>();
  let nextRequestId = options.firstRequestId;
  let closed = false;

  return {
    invoke(call) {
      if (closed) return Promise.resolve({ kind: "hub-stopping" });
      if (call.signal.aborted) return Promise.resolve({ kind: "caller-gone" });
      const online = options.isOnline(call.clientId);
      if (!online && call.connectTimeoutMs === 0) return Promise.resolve({ kind: "not-online" });
      return new Promise((resolve) => {
        const entry = startCall(call, resolve);
        if (online) entry.send();
        else entry.wait();
      });
    },

    accept({ clientId, requestId, status, payload }) {
      const entry = sent.get(requestId);
      if (entry === undefined) return "no call waits for it: it came late, or was never asked for";
      if (entry.call.clientId !== clientId) return "it answers a call to another device";
      // The service's answer to an oversized reply is not documented. 502 is what its SDKs know for a bad response of
      // a device, and tells the caller at once; silence until the time-out would hide the cause.
      if (payload.length > METHOD_PAYLOAD_LIMIT) entry.end({ kind: "reply-too-large" });
      else entry.end({ kind: "answered", status, payload });
      return undefined;
    },

    deviceOnline(clientId) {
      for (const entry of pending) {
        if (entry.call.clientId === clientId && entry.requestId === undefined) entry.send();
      }
    },

    deviceGone(clientId) {
      for (const entry of pending) {
        if (entry.call.clientId === clientId) entry.end({ kind: "device-gone" });
      }
    },

    close() {
      closed = true;
      for (const entry of pending) entry.end({ kind: "hub-stopping" });
    },

    get inFlight() {
      return pending.size;
    },
  };

  function startCall(call: MethodCall, resolve: (outcome: MethodOutcome) => void): PendingCall {
    const callerGone = () => entry.end({ kind: "caller-gone" });
    let timer: NodeJS.Timeout | undefined;
    const entry: PendingCall = {
      call,
      requestId: undefined,
      wait() {
        timer = setTimeout(() => entry.end({ kind: "not-online" }), call.connectTimeoutMs);
      },
      send() {
        clearTimeout(timer);
        timer = setTimeout(() => entry.end({ kind: "no-answer" }), call.responseTimeoutMs);
        const requestId = (nextRequestId++).toString(16);
        entry.requestId = requestId;
        sent.set(requestId, entry);
        options.send({
          clientId: call.clientId,
          methodName: call.methodName,
          requestId,
          payload: call.payload,
        });
      },
      end(outcome) {
        clearTimeout(timer);
        call.signal.removeEventListener("abort", callerGone);
        pending.delete(entry);
        if (entry.requestId !== undefined) sent.delete(entry.requestId);
        resolve(outcome);
      },
    };
    call.signal.addEventListener("abort", callerGone, { once: true });
    pending.add(entry);
    return entry;
  }
}

import type { LocalHubEvent } from "../../src/local-hub/index.ts";

/** A time, from when to when; Infinity while it lasts. Milliseconds on the machine's monotonic clock. */
export interface Span {
  readonly from: number;
  to: number;
}

/** One connection of the device, as the hub saw it. */
export interface Connection {
  readonly remote: string;
  /** When calls could be sent on it; Infinity if that never came. */
  onlineAt: number;
  /** Infinity while it lasts. */
  endedAt: number;
  reason?: string;
}

/** What happened while the calls were made, in the order of their beginning. */
export interface Timeline {
  readonly connections: readonly Connection[];
  /** From each fault until the agent had answered a call after its end. */
  readonly faults: readonly Span[];
  /** When what was sent did not arrive, and neither side could know: a road that swallows, a process that stands still. */
  readonly silences: readonly Span[];
  /** Replies that the hub had no use for, by the request's id. */
  readonly ignoredReplies: readonly string[];
  /** What the hub says of itself that it must not. */
  readonly hubFaults: readonly string[];
}

export interface TimelineRecorder {
  readonly timeline: Timeline;
  take(event: LocalHubEvent): void;
  /** The function returned ends it. */
  beginFault(): () => void;
  beginSilence(): () => void;
}

export function recordTimeline(now: () => number): TimelineRecorder {
  const connections: Connection[] = [];
  const faults: Span[] = [];
  const silences: Span[] = [];
  const ignoredReplies: string[] = [];
  const hubFaults: string[] = [];

  const begin = (spans: Span[]) => (): (() => void) => {
    const span: Span = { from: now(), to: Number.POSITIVE_INFINITY };
    spans.push(span);
    return () => {
      span.to = now();
    };
  };

  return {
    timeline: { connections, faults, silences, ignoredReplies, hubFaults },
    take(event) {
      switch (event.event) {
        case "connected": {
          const { remote, online } = event;
          const onlineAt = online ? now() : Number.POSITIVE_INFINITY;
          connections.push({ remote, onlineAt, endedAt: Number.POSITIVE_INFINITY });
          return;
        }
        case "subscribed": {
          const latest = connections.at(-1);
          if (latest !== undefined) latest.onlineAt = Math.min(latest.onlineAt, now());
          return;
        }
        case "disconnected": {
          const { remote, reason } = event;
          const connection = connections.findLast((each) => each.remote === remote);
          if (connection !== undefined) Object.assign(connection, { endedAt: now(), reason });
          return;
        }
        case "reply-ignored":
          ignoredReplies.push(event.requestId);
          return;
        case "fault":
          hubFaults.push(event.reason);
      }
    },
    beginFault: begin(faults),
    beginSilence: begin(silences),
  };
}

export const overlaps = (spans: readonly Span[], from: number, to: number): boolean =>
  spans.some((span) => span.from <= to && span.to >= from);

import type { Clock } from "../clock.ts";
import type { HubSession } from "./hub-session.ts";

/** The longest that the hub waits for a reply (IoT Hub developer guide, direct methods): later ones help nobody. */
const WORTH_HOLDING_MS = 300_000;
/** What is held at most; beyond it, the oldest go. */
const MOST_HELD = { replies: 1_000, characters: 4 * 1024 * 1024 } as const;

export interface HeldReply {
  readonly requestId: string;
  readonly status: number;
  readonly body: string;
  /** Called once if the reply will never be sent. */
  lost(): void;
}

export interface HeldReplies {
  /** Keeps a reply for the next session. */
  hold(reply: HeldReply): void;
  /** Sends what is still worth it. */
  sendOn(session: HubSession): void;
  /** There will be no next session. */
  loseAll(): void;
}

/**
 * Replies that became ready while there was no session: the hub may wait for them longer than the link is gone, and
 * knows them by their request id on whichever connection they come.
 */
export function createHeldReplies(clock: Clock): HeldReplies {
  const held = new Map<HeldReply, { until: number }>();
  let characters = 0;

  function take(reply: HeldReply): void {
    if (held.delete(reply)) characters -= reply.body.length;
  }

  function lose(reply: HeldReply): void {
    take(reply);
    reply.lost();
  }

  return {
    hold(reply) {
      held.set(reply, { until: clock.now() + WORTH_HOLDING_MS });
      characters += reply.body.length;
      for (const oldest of held.keys()) {
        if (held.size <= MOST_HELD.replies && characters <= MOST_HELD.characters) break;
        lose(oldest);
      }
    },
    sendOn(session) {
      for (const [reply, { until }] of held) {
        if (clock.now() > until) lose(reply);
        else if (session.sendReply(reply.requestId, reply.status, reply.body)) take(reply);
      }
    },
    loseAll() {
      for (const reply of held.keys()) lose(reply);
    },
  };
}

import { describe, expect, it } from "vitest";
import { createHeldReplies } from "../../src/link/held-replies.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";
import { idleSession } from "./support/idle-session.ts";

function session(takes = true) {
  const sent: string[] = [];
  const made = idleSession({
    sendReply(requestId) {
      if (takes) sent.push(requestId);
      return takes;
    },
  });
  return { made, sent };
}

function scene() {
  const clock = createFakeClock();
  const held = createHeldReplies(clock);
  const lost: string[] = [];
  const hold = (requestId: string, body = '"x"') =>
    held.hold({ requestId, status: 200, body, lost: () => lost.push(requestId) });
  return { clock, held, lost, hold };
}

describe("replies that wait for a session", () => {
  it("go out on the next one, in their order, and once", () => {
    const { held, hold, lost } = scene();
    for (const id of ["1", "2", "3"]) hold(id);
    const first = session();
    held.sendOn(first.made);
    expect(first.sent).toEqual(["1", "2", "3"]);
    const second = session();
    held.sendOn(second.made);
    expect(second.sent).toEqual([]);
    expect(lost).toEqual([]);
  });

  it("stay if that one is over already", () => {
    const { held, hold } = scene();
    hold("1");
    held.sendOn(session(false).made);
    const next = session();
    held.sendOn(next.made);
    expect(next.sent).toEqual(["1"]);
  });

  it("are lost, once, when the hub has given up waiting for them", () => {
    const { clock, held, hold, lost } = scene();
    hold("old");
    clock.advance(299_000);
    hold("new");
    clock.advance(2_000);
    const next = session();
    held.sendOn(next.made);
    expect(next.sent).toEqual(["new"]);
    expect(lost).toEqual(["old"]);
  });

  it("are no more than a thousand, and four MiB: the oldest go first", () => {
    const { held, hold, lost } = scene();
    for (let n = 0; n < 1_001; n += 1) hold(String(n));
    expect(lost).toEqual(["0"]);
    hold("big", "x".repeat(4 * 1024 * 1024));
    expect(lost).toHaveLength(1_001);
    held.loseAll();
    expect(lost).toHaveLength(1_002);
    expect(new Set(lost).size).toBe(1_002);
  });
});

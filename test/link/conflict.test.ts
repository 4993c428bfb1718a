import { describe, expect, it } from "vitest";
import { createConflictWatch, type EndedSession } from "../../src/link/conflict.ts";
import { MINUTE, SECOND } from "./policy.ts";

const KICKED: EndedSession = { failure: { phase: "online" }, onlineFor: SECOND, failedBefore: 0 };
const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
const brokenPipe = Object.assign(new Error("pipe"), { code: "EPIPE" });

const verdicts = (...ends: EndedSession[]): boolean[] => {
  const watch = createConflictWatch({ stableAfter: MINUTE, calmAfter: 10 * MINUTE });
  return ends.map((end) => watch.ended(end));
};
const times = (count: number, end: EndedSession): EndedSession[] => Array.from({ length: count }, () => end);

describe("an identity conflict", () => {
  it("is suspected at the fourth session in a row that the other side closed soon", () => {
    expect(verdicts(...times(5, KICKED))).toEqual([false, false, false, true, true]);
  });

  it("looks the same when the other side closes with a reset", () => {
    expect(verdicts(...times(4, { ...KICKED, failure: { phase: "online", error: reset } })).at(-1)).toBe(
      true,
    );
  });

  it("counts a session that was closed between its login and its subscription", () => {
    const early = { ...KICKED, failure: { phase: "subscribing" as const }, onlineFor: 0 };
    expect(verdicts(early, KICKED, early, early).at(-1)).toBe(true);
  });

  it.each([
    ["a session was stable", { ...KICKED, onlineFor: 2 * MINUTE }],
    ["an attempt failed in between", { ...KICKED, failedBefore: 1 }],
    ["a ping went unanswered", { ...KICKED, failure: { phase: "online", unansweredPing: true } }],
    ["a check went unanswered", { ...KICKED, failure: { phase: "online", timedOut: true } }],
    ["this side's network failed", { ...KICKED, failure: { phase: "online", error: brokenPipe } }],
  ] as const)("is not suspected when %s", (_, other) => {
    expect(verdicts(...times(3, KICKED), other, ...times(3, KICKED))).not.toContain(true);
  });

  it("stays suspected while sessions get longer because both sides are patient", () => {
    const longer = { ...KICKED, onlineFor: 5 * MINUTE };
    expect(verdicts(...times(4, KICKED), longer, longer).slice(4)).toEqual([true, true]);
  });

  it("is forgotten after a long session", () => {
    const calm = { ...KICKED, onlineFor: 11 * MINUTE };
    expect(verdicts(...times(4, KICKED), calm, KICKED).slice(4)).toEqual([false, false]);
  });
});

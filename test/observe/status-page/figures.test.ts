import { describe, expect, it } from "vitest";
import { createMethodFigures } from "../../../src/observe/status-page/method-figures.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

function figures({ methods = ["a"], redact = (text: string) => text } = {}) {
  const clock = createFakeClock();
  const book = createMethodFigures({ methods: () => methods, clock, redact });
  const answered = (label: string, milliseconds: number, failed?: { status: number; body: string }) =>
    book.add({
      call: { requestId: "1", methodName: label, payload: new Uint8Array() },
      label,
      status: failed?.status ?? 200,
      outcome: failed === undefined ? "ok" : "method_failed",
      body: failed?.body ?? "null",
      milliseconds,
    });
  return { ...book, answered, clock };
}

describe("the figures of a method", () => {
  it("are there before it was called", () => {
    const { of } = figures();
    expect(of("a")).toEqual({ calls: 0, errors: 0, perMinute: 0, sparkline: Array(60).fill(null) });
  });

  it("count calls and errors since the start", () => {
    const { of, answered, clock } = figures();
    answered("a", 1);
    answered("a", 1, { status: 500, body: '{"error":{"message":"no"}}' });
    clock.advance(3_600_000);
    answered("a", 1);
    expect(of("a")).toMatchObject({ calls: 3, errors: 1, perMinute: 1 });
  });

  it("tell the half and the slowest twentieth of the latest 200 calls", () => {
    const { of, answered } = figures();
    answered("a", 9_999);
    for (let ms = 1; ms <= 200; ms += 1) answered("a", ms);
    expect(of("a")).toMatchObject({ p50Ms: 100, p95Ms: 190 });
  });

  it("of one call are that call's", () => {
    const { of, answered } = figures();
    answered("a", 12.345);
    expect(of("a")).toMatchObject({ p50Ms: 12.35, p95Ms: 12.35, perMinute: 1 });
  });

  it("have the slowest call of each ten seconds, the oldest first, for ten minutes", () => {
    const { of, answered, clock } = figures();
    answered("a", 5);
    answered("a", 7);
    clock.advance(10_000);
    answered("a", 3);
    clock.advance(20_000);
    answered("a", 0);
    expect(of("a").sparkline.slice(-5)).toEqual([null, 7, 3, null, 0]);
    clock.advance(570_000);
    expect(of("a").sparkline.slice(0, 4)).toEqual([3, null, 0, null]);
    clock.advance(10_000_000);
    expect(of("a").sparkline).toEqual(Array(60).fill(null));
    // In the place of the one before.
    answered("a", 5);
    expect(of("a").sparkline.at(-1)).toBe(5);
  });

  it("say how many calls there were in the last minute", () => {
    const { of, answered, clock } = figures();
    for (let second = 0; second < 120; second += 1) {
      answered("a", 1);
      clock.advance(1_000);
    }
    expect(of("a").perMinute).toBeGreaterThanOrEqual(59);
    expect(of("a").perMinute).toBeLessThanOrEqual(61);
    // Of the ten seconds that began before the minute, the part that is in it.
    clock.advance(4_000);
    expect(of("a").perMinute).toBe(56);
    clock.advance(70_000);
    expect(of("a").perMinute).toBe(0);
  });

  it("keep the last error, in the agent's words or the method's own", () => {
    const { of, answered } = figures();
    answered("a", 1, { status: 404, body: '{"error":{"code":"X","message":"not there","details":{}}}' });
    expect(of("a").lastError).toEqual({
      at: "2026-01-01T00:00:01.000Z",
      status: 404,
      outcome: "method_failed",
      text: "not there",
    });
    answered("a", 1, { status: 409, body: '{"why":"busy"}' });
    expect(of("a").lastError?.text).toBe('{"why":"busy"}');
    answered("a", 1, { status: 500, body: "null" });
    expect(of("a").lastError?.text).toBe("null");
  });

  it("find the message of an error that is too long to keep", () => {
    const { of, answered } = figures();
    const details = { methods: Array(500).fill("a.method.of.some.length") };
    answered("a", 1, { status: 404, body: JSON.stringify({ error: { message: "not there", details } }) });
    expect(of("a").lastError?.text).toBe("not there");
  });

  it("hold no half of a secret where an error is cut", () => {
    const secret = "0123456789abcdef".repeat(6);
    const { of, answered } = figures({ redact: (text) => text.replaceAll(secret, "[secret]") });
    answered("a", 1, { status: 500, body: JSON.stringify(`${"x".repeat(450)}${secret}${"y".repeat(200)}`) });
    const { text = "" } = of("a").lastError ?? {};
    expect(text).toContain("[secret]");
    expect(text).not.toContain("0123");
    expect(text).toHaveLength(500);
  });

  it("of methods that have gone are kept for a while, as they come back, and not for ever", () => {
    const { of, answered } = figures({ methods: ["stays"] });
    answered("stays", 1);
    answered("_unknown", 1);
    for (let number = 0; number < 200; number += 1) answered(`gone-${number}`, 1);
    expect(of("stays").calls).toBe(1);
    expect(of("_unknown").calls).toBe(1);
    expect(of("gone-199").calls).toBe(1);
    expect(of("gone-0").calls).toBe(0);
  });
});

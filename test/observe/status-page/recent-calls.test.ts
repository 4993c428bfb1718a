import { describe, expect, it } from "vitest";
import { createRecentCalls } from "../../../src/observe/status-page/recent-calls.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

const SECRET = "0123456789abcdef".repeat(40);

function recentCalls({ payloads = false } = {}) {
  const clock = createFakeClock();
  const redact = (text: string): string => text.replaceAll(SECRET, "[secret]");
  const { add, list } = createRecentCalls({ payloads, clock, redact });
  const answered = ({ name = "a", request = "", reply = "null" }) =>
    add({
      call: { requestId: "7", methodName: name, payload: Buffer.from(request) },
      label: "a",
      status: 200,
      outcome: "ok",
      body: reply,
      milliseconds: 1.23456,
    });
  return { answered, list, clock };
}

describe("recent calls", () => {
  it("are told the latest first, without what was said unless that is wanted", () => {
    const { answered, list, clock } = recentCalls();
    answered({ name: "first", request: '{"pin":1234}' });
    clock.advance(1_000);
    answered({ name: "second" });
    expect(list()).toEqual([
      {
        at: "2026-01-01T00:00:02.000Z",
        method: "second",
        requestId: "7",
        status: 200,
        outcome: "ok",
        ms: 1.23,
      },
      {
        at: "2026-01-01T00:00:01.000Z",
        method: "first",
        requestId: "7",
        status: 200,
        outcome: "ok",
        ms: 1.23,
      },
    ]);
  });

  it("are a hundred at most", () => {
    const { answered, list } = recentCalls();
    for (let number = 0; number < 250; number += 1) answered({ name: `call-${number}` });
    expect(list()).toHaveLength(100);
    expect(list()[0]?.method).toBe("call-249");
    expect(list()[99]?.method).toBe("call-150");
  });

  it("hold what was said, if that is wanted, and its beginning if it is long", () => {
    const { answered, list } = recentCalls({ payloads: true });
    answered({ request: '{"on":true}', reply: JSON.stringify("x".repeat(100_000)) });
    const [call] = list();
    expect(call?.request).toBe('{"on":true}');
    expect(call?.reply).toHaveLength(2048);
    expect(call?.reply).toMatch(/^"x+\.\.\.$/);
  });

  it("hold no half of a secret where they are cut", () => {
    const { answered, list } = recentCalls({ payloads: true });
    answered({ reply: JSON.stringify(`${"x".repeat(1_900)}${SECRET}${"y".repeat(1_000)}`) });
    expect(list()[0]?.reply).toContain("[secret]");
    expect(list()[0]?.reply).not.toContain("0123");
  });

  it("keep a caller's endless name short", () => {
    const { answered, list } = recentCalls();
    answered({ name: "n".repeat(5_000) });
    expect(list()[0]?.method).toHaveLength(200);
  });
});

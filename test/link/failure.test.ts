import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  classifyFailure,
  FAILURE_CLASSES,
  type SessionPhase,
  SubscriptionRefused,
} from "../../src/link/failure.ts";
import { IdentityFailure } from "../../src/link/identity.ts";

const withCode = (code: string | number): Error => Object.assign(new Error(`failed with ${code}`), { code });

describe("a failure's class is judged from the raw error", () => {
  it.each([
    ["ECONNREFUSED", "network"],
    ["ENOTFOUND", "network"],
    ["EAI_AGAIN", "network"],
    ["ETIMEDOUT", "network"],
    ["EHOSTUNREACH", "network"],
    ["ENETUNREACH", "network"],
    ["ECONNRESET", "network"],
    ["ESOMETHINGNEW", "network"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["CERT_NOT_YET_VALID", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "tls"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["EPROTO", "tls"],
  ])("%s while dialing is %s", (code, expected) => {
    expect(classifyFailure({ phase: "dialing", error: withCode(code) })).toMatchObject({
      class: expected,
      reason: code,
    });
  });

  it.each([
    [1, "refused"],
    [2, "unauthorized"],
    [3, "refused"],
    [4, "unauthorized"],
    [5, "unauthorized"],
    [99, "refused"],
  ])("CONNACK %i is %s", (code, expected) => {
    const failure = classifyFailure({ phase: "connecting", error: withCode(code) });
    expect(failure).toMatchObject({ class: expected, reason: `connack-${code}` });
  });

  it.each([
    ["dialing", "network", "timeout-dialing"],
    ["connecting", "refused", "timeout-connecting"],
    ["subscribing", "refused", "timeout-subscribing"],
  ] as const)("our time-out while %s is %s", (phase, expected, reason) => {
    expect(classifyFailure({ phase, timedOut: true })).toMatchObject({ class: expected, reason });
  });

  it.each([
    ["dialing", "network"],
    ["connecting", "refused"],
    ["subscribing", "refused"],
    ["online", "lost"],
  ] as const)("a connection that just ends while %s is %s", (phase, expected) => {
    expect(classifyFailure({ phase })).toMatchObject({ class: expected, reason: `closed-${phase}` });
  });

  it("a reset after TLS stood came from the hub's side", () => {
    expect(classifyFailure({ phase: "connecting", error: withCode("ECONNRESET") }).class).toBe("refused");
  });

  it("a refused SUBSCRIBE is refused", () => {
    const failure = classifyFailure({ phase: "subscribing", error: new SubscriptionRefused() });
    expect(failure).toMatchObject({ class: "refused", reason: "suback-128" });
  });

  it("whatever ends a session that was online, the session is lost", () => {
    expect(classifyFailure({ phase: "online", error: withCode("ECONNRESET") })).toMatchObject({
      class: "lost",
      reason: "ECONNRESET",
    });
    expect(classifyFailure({ phase: "online", unansweredPing: true })).toMatchObject({
      class: "lost",
      reason: "keepalive",
    });
  });

  it.each([
    [{ timedOut: true }, "check-unanswered"],
    [{ error: new SubscriptionRefused() }, "suback-128"],
    [{ error: new Error("Invalid variable byte integer") }, "not-understood"],
    [{ error: new Error("WebSocket is not open: readyState 2 (CLOSING)") }, "closed-online"],
  ])("a session that ended with %j is lost, and it is told why", (how, reason) => {
    expect(classifyFailure({ phase: "online", ...how })).toMatchObject({ class: "lost", reason });
  });

  it.each([
    ["dialing", 407, "network", "proxy-407", "password"],
    ["dialing", 503, "network", "proxy-503", "link.proxy"],
    ["connecting", 404, "refused", "http-404", "WebSockets"],
  ] as const)(
    "a WebSocket that while %s is answered with HTTP %i is %s",
    (phase, status, expected, reason, word) => {
      const failure = classifyFailure({ phase, error: new Error(`Unexpected server response: ${status}`) });
      expect(failure).toMatchObject({ class: expected, reason });
      expect(failure.message).toContain(word);
    },
  );

  it("is what whoever gives the identity says", () => {
    const failure = {
      class: "refused",
      reason: "provisioning-429",
      message: "later",
      retryAfter: 5_000,
    } as const;
    expect(classifyFailure({ phase: "identifying", error: new IdentityFailure(failure) })).toBe(failure);
  });

  it("looks through wrapped errors and tells the user to look at the clock", () => {
    const wrapped = new Error("Failure on first connection", { cause: withCode("CERT_NOT_YET_VALID") });
    const failure = classifyFailure({ phase: "dialing", error: wrapped });
    expect(failure.class).toBe("tls");
    expect(failure.message).toContain("clock");
    const several = new AggregateError([withCode("ECONNREFUSED"), withCode("ENETUNREACH")]);
    expect(classifyFailure({ phase: "dialing", error: several }).reason).toBe("ECONNREFUSED");
  });

  it("has a class, a reason and a sentence for anything at all", () => {
    const phases = fc.constantFrom<SessionPhase>(
      "identifying",
      "dialing",
      "connecting",
      "subscribing",
      "online",
    );
    fc.assert(
      fc.property(
        phases,
        fc.anything(),
        fc.boolean(),
        fc.boolean(),
        (phase, error, timedOut, unansweredPing) => {
          const failure = classifyFailure({ phase, error, timedOut, unansweredPing });
          expect(FAILURE_CLASSES).toContain(failure.class);
          expect(failure.reason).not.toBe("");
          expect(failure.message).not.toBe("");
        },
      ),
    );
  });
});

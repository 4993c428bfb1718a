import fc from "fast-check";
import { expect, test } from "vitest";
import { createDice } from "../../../src/local-hub/faults/random.ts";
import { readFault } from "../../../src/local-hub/faults/read-fault.ts";
import { HubError } from "../../../src/local-hub/hub-error.ts";

test.each<[unknown, string]>([
  [undefined, "a fault is an object with a kind"],
  [[], "a fault is an object with a kind"],
  [{}, "a fault needs a kind; the kinds are refuse-login, drop-connection, stall, delay, lose,"],
  [{ kind: "stal" }, 'there is no fault "stal": did you mean "stall"?; the kinds are'],
  [{ kind: "__proto__" }, 'there is no fault "__proto__"; the kinds are'],
  [{ kind: "delay" }, 'delay needs "by"'],
  [{ kind: "delay", by: "soon" }, "by of delay must be a duration of at least 0 ms"],
  [{ kind: "delay", by: -1 }, "by of delay must be a duration"],
  [{ kind: "delay", by: 1, ofWhat: 1 }, 'delay knows no "ofWhat"; it knows id, for, count,'],
  [{ kind: "delay", by: 1, deviceid: "d" }, 'delay knows no "deviceid": did you mean "deviceId"?'],
  [{ kind: "stall", constructor: 1 }, 'stall knows no "constructor"'],
  [{ kind: "stall", at: "conack" }, "at of stall must be one of connect,"],
  [{ kind: "stall", count: 0 }, "count of stall must be a whole number from 1"],
  [{ kind: "stall", probability: 0 }, "probability of stall must be a number above 0, at most 1; it is 0"],
  [{ kind: "stall", seed: 3 }, "a seed is for a probability"],
  [{ kind: "stall", moduleId: "m" }, "a moduleId needs the deviceId of its device"],
  [{ kind: "stall", for: 0 }, "for of stall must be a duration of at least 1 ms"],
  [{ kind: "refuse-login", returnCode: 0 }, "returnCode of refuse-login must be a whole number from 1 to 5"],
  [{ kind: "lose", at: "rest-answer" }, "at of lose must be one of connect, connack"],
  [{ kind: "answer-error", code: "Nope" }, "code of answer-error must be one of InvalidProtocolVersion"],
  [{ kind: "drop-connection", at: "puback", when: "middle" }, 'only a "rest-answer" has a middle'],
  [{ kind: "drop-connection", at: "puback", path: "/x" }, "method and path are of the REST API"],
  [{ kind: "drop-connection", at: "rest-answer", direction: "to-device" }, "direction is of MQTT"],
  [{ kind: "drop-connection", at: "rest-request", when: "after" }, 'its "rest-answer"'],
  [{ kind: "break-tls", how: "reset", deviceId: "d" }, 'break-tls knows no "deviceId"'],
  [{ kind: "brown-out", percent: 101 }, "percent of brown-out must be a number above 0, at most 100"],
])("%j is refused: %s", (written, message) => {
  expect(() => readFault(written)).toThrow(message);
});

test("durations are milliseconds, or text; only a clock's may be negative", () => {
  expect(readFault({ kind: "delay", by: "1.5s", for: "2m" })).toEqual({
    kind: "delay",
    by: 1500,
    for: 120_000,
  });
  expect(readFault({ kind: "clock-skew", by: "-2h" })).toEqual({ kind: "clock-skew", by: -7_200_000 });
});

test("whatever is written is read or refused with the service's ArgumentInvalid", () => {
  const kinds = fc.constantFrom("stall", "delay", "lose", "break-tls", "brown-out", "clock-skew", "throttle");
  const written = fc.oneof(
    fc.anything(),
    fc.record({ kind: kinds, at: fc.anything(), by: fc.anything(), percent: fc.anything() }),
    fc.dictionary(fc.constantFrom("kind", "by", "count", "for", "id", "at", "how"), fc.anything()),
  );
  fc.assert(
    fc.property(written, (fault) => {
      try {
        expect(readFault(fault).kind).toBeTypeOf("string");
      } catch (error) {
        expect(error).toBeInstanceOf(HubError);
        expect(error).toMatchObject({ code: "ArgumentInvalid" });
      }
    }),
  );
});

test("the dice are the same for the same seed, and fair", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const [dice, same] = [createDice(seed), createDice(seed)];
      const throws = Array.from({ length: 400 }, dice);
      expect(Array.from({ length: 400 }, same)).toEqual(throws);
      expect(throws.every((value) => value >= 0 && value < 1)).toBe(true);
      const half = throws.filter((value) => value < 0.5).length;
      expect(half).toBeGreaterThan(130);
      expect(half).toBeLessThan(270);
    }),
  );
});

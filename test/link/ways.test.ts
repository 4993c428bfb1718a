import { describe, expect, it } from "vitest";
import { classifyFailure } from "../../src/link/failure.ts";
import { createWays } from "../../src/link/ways.ts";

const blocked = classifyFailure({ phase: "dialing", timedOut: true });
const withCode = (code: string | number) =>
  classifyFailure({ phase: "dialing", error: Object.assign(new Error("no"), { code }) });

describe("the ways to the hub", () => {
  it("are the one that was chosen", () => {
    expect(createWays("mqtt", { viaProxy: false }).order(false)).toEqual(["mqtt"]);
    expect(createWays("websockets", { viaProxy: false }).order(true)).toEqual(["websockets"]);
  });

  it("begin with MQTT's own, if both may be taken", () => {
    expect(createWays("auto", { viaProxy: false }).order(false)).toEqual(["mqtt", "websockets"]);
  });

  it("begin with the proxy, if there is one", () => {
    expect(createWays("auto", { viaProxy: true }).order(false)).toEqual(["websockets", "mqtt"]);
  });

  it("begin with the one that worked, but for a fresh look at the better one", () => {
    const ways = createWays("auto", { viaProxy: false });
    ways.worked("websockets");
    expect(ways.order(false)).toEqual(["websockets", "mqtt"]);
    expect(ways.order(true)).toEqual(["mqtt", "websockets"]);
    expect(ways.secondBest).toBe(true);
    ways.worked("mqtt");
    expect(ways.order(false)).toEqual(["mqtt", "websockets"]);
    expect(ways.secondBest).toBe(false);
  });

  it("begin with the best again once the one that worked has failed several times", () => {
    const ways = createWays("auto", { viaProxy: false });
    ways.worked("websockets");
    for (let round = 0; round < 3; round += 1) ways.failed();
    expect(ways.order(false)[0]).toBe("websockets");
    ways.failed();
    expect(ways.order(false)[0]).toBe("mqtt");
  });

  it.each([
    ["a blocked port", blocked, true],
    ["a refused port", withCode("ECONNREFUSED"), true],
    ["a reset", withCode("ECONNRESET"), true],
    ["a name that does not resolve", withCode("ENOTFOUND"), false],
    ["a hub that refuses", classifyFailure({ phase: "connecting", error: { code: 5 } }), false],
    ["something that shows its own certificate", withCode("SELF_SIGNED_CERT_IN_CHAIN"), true],
    [
      "another HTTP server",
      classifyFailure({ phase: "connecting", error: new Error("Unexpected server response: 404") }),
      true,
    ],
  ])("are tried one after the other for %s: %j -> %s", (_, failure, expected) => {
    expect(createWays("auto", { viaProxy: false }).worthAnother(failure)).toBe(expected);
  });
});

import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { HOUR, MINUTE } from "../../src/durations.ts";
import { classifyFailure, type Failure } from "../../src/link/failure.ts";
import { diagnoseClock } from "../../src/link/wrong-clock.ts";
import { createServerCertificate, openAuthority } from "../../src/local-hub/credentials/certificates.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { startProxy } from "../support/hub/proxy.ts";

const cleanUp = cleanUpAfterEach();

const refused = classifyFailure({ phase: "connecting", error: Object.assign(new Error("no"), { code: 5 }) });
const outOfDate = (code: string): Failure =>
  classifyFailure({ phase: "dialing", error: Object.assign(new Error("no"), { code }) });

/** An HTTPS port that believes that it is another time, with a certificate that nobody trusts. */
async function hubWhoseClockIs(off: number | "not told"): Promise<{ host: string; port: number }> {
  const authority = await openAuthority({ directory: undefined, now: Date.now() });
  const made = await createServerCertificate({ authority, hostNames: ["localhost"], now: Date.now() });
  const server = createServer({ cert: made.certificate, key: made.privateKey }, (_request, response) => {
    response.sendDate = false;
    if (off !== "not told") response.setHeader("date", new Date(Date.now() + off).toUTCString());
    response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.add(() => server.close());
  return { host: "localhost", port: (server.address() as AddressInfo).port };
}

const NOBODY = { host: "localhost", port: 1 };

describe("a wrong clock", () => {
  it.each([
    [3 * HOUR, "3 hours behind"],
    [-3 * HOUR, "3 hours ahead of"],
    [10 * MINUTE, "10 minutes behind"],
    [400 * 24 * HOUR, "400 days behind"],
  ])("is told when the hub's differs by %i ms", async (off, words) => {
    const hub = await hubWhoseClockIs(off);
    const failure = await diagnoseClock(refused, { hub, clock: systemClock });
    expect(failure).toMatchObject({ class: "clock", reason: "clock-connack-5" });
    expect(failure.message).toContain(`${words} the hub's`);
  });

  it.each(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"])("is told behind %s as well", async (code) => {
    const hub = await hubWhoseClockIs(3 * HOUR);
    expect(await diagnoseClock(outOfDate(code), { hub, clock: systemClock })).toMatchObject({
      class: "clock",
      reason: `clock-${code}`,
    });
  });

  it.each([0, 2 * MINUTE, "not told" as const])("is not blamed when the hub's differs by %s", async (off) => {
    const hub = await hubWhoseClockIs(off);
    expect(await diagnoseClock(refused, { hub, clock: systemClock })).toBe(refused);
  });

  it("is asked about through the proxy, if that is the way to the hub", async () => {
    const hub = await hubWhoseClockIs(3 * HOUR);
    const proxy = await startProxy();
    cleanUp.add(() => proxy.stop());
    const failure = await diagnoseClock(refused, { hub: { ...hub, proxy: proxy.url }, clock: systemClock });
    expect(failure.class).toBe("clock");
    expect(proxy.tunnels).toEqual([`localhost:${hub.port}`]);
  });

  it("is not blamed when nobody can be asked", async () => {
    expect(await diagnoseClock(refused, { hub: NOBODY, clock: systemClock })).toBe(refused);
  });

  it("is told without asking when it is before this program was written", async () => {
    const clock = { ...systemClock, wallClock: () => 0 };
    const failure = await diagnoseClock(refused, { hub: NOBODY, clock });
    expect(failure).toMatchObject({ class: "clock" });
    expect(failure.message).toContain("1970-01-01");
  });

  it("is not asked about when it cannot be the reason", async () => {
    const hub = await hubWhoseClockIs(3 * HOUR);
    const gone = outOfDate("ECONNREFUSED");
    expect(await diagnoseClock(gone, { hub, clock: systemClock })).toBe(gone);
  });
});

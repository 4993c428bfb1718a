import { describe, expect, it } from "vitest";
import { HOUR } from "../../src/durations.ts";
import { createLogBook } from "../support/agent/log-lines.ts";
import { SECOND } from "./policy.ts";
import { NO_HUB, NOT_ME, scene } from "./support/scene.ts";

async function told() {
  const book = await createLogBook({ level: "info" });
  return { ...scene({ logger: book.logger }), lines: () => book.lines() };
}

describe("the link's log", () => {
  it("tells a loss in one line, with cause, class, attempt and the wait", async () => {
    const { supervisor, sessions, settle, lines } = await told();
    supervisor.start();
    await settle();
    sessions[0]?.end();
    await settle();
    expect(lines().map(({ level }) => level)).toEqual(["info", "warn"]);
    expect(lines()[1]).toMatchObject({
      state: "waiting",
      class: "lost",
      reason: "closed-online",
      attempt: 1,
      retryInMs: 500,
      generation: 1,
      msg: expect.stringContaining("the connection to the hub ended"),
    });
  });

  it("tells the way back in one line, with how long it took", async () => {
    const { supervisor, sessions, settle, advance, failWith, lines } = await told();
    supervisor.start();
    await settle();
    failWith(NO_HUB);
    sessions[0]?.end();
    await advance(4 * SECOND);
    failWith(undefined);
    await advance(10 * SECOND);
    const back = lines().at(-1);
    expect(back).toMatchObject({ level: "info", state: "online", way: "mqtt", attempts: expect.any(Number) });
    expect(back?.afterMs).toBeGreaterThan(3 * SECOND);
  });

  it("tells each reason once in an outage, and then what it has come to, ever less often", async () => {
    const { supervisor, advance, failWith, lines, seen } = await told();
    failWith(NO_HUB);
    supervisor.start();
    await advance(20 * SECOND);
    failWith(NOT_ME);
    await advance(30 * SECOND);
    failWith(NO_HUB);
    expect(lines().map(({ reason }) => reason)).toEqual(["ECONNREFUSED", "connack-5"]);
    await advance(24 * HOUR);
    expect(seen.delays.length).toBeGreaterThan(1_000);
    expect(lines().length).toBeLessThan(40);
    expect(lines().at(-1)).toMatchObject({
      msg: expect.stringMatching(/^still offline/),
      offlineForMs: expect.any(Number),
      attempts: expect.any(Number),
    });
  });
});

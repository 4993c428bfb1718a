import { describe, expect, it } from "vitest";
import { createServiceManager } from "../../src/service-manager/service-manager.ts";
import { type HowItIs, statusWords } from "../../src/service-manager/status-words.ts";
import { createLogBook } from "../support/agent/log-lines.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";

const ONLINE: HowItIs = { link: { state: "online" }, plugins: [], starting: [] };

async function scene(answer: () => Promise<void> = async () => {}) {
  const { logger, lines } = await createLogBook();
  const clock = createFakeClock();
  const sent: string[] = [];
  const send = (message: string): Promise<void> => {
    sent.push(message);
    return answer();
  };
  const manager = createServiceManager({ send, watchdogMs: 60_000, clock, logger });
  /** What was sent since, when all that is under way has come through. */
  async function news(): Promise<string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return sent.splice(0);
  }
  async function advance(milliseconds: number): Promise<string[]> {
    clock.advance(milliseconds);
    return news();
  }
  return { manager, news, advance, lines, clock };
}

describe("what the service manager is told", () => {
  it("a sign of life twice in its time, from the start on", async () => {
    const { manager, news, advance } = await scene();
    expect(await advance(60_000)).toEqual([]);
    manager.ready(() => ONLINE);
    expect(await news()).toEqual(["READY=1\nSTATUS=online; 0 plugins"]);
    expect(await advance(29_999)).toEqual([]);
    expect(await advance(1)).toEqual(["WATCHDOG=1"]);
    expect(await advance(30_000)).toEqual(["WATCHDOG=1"]);
  });

  it("how it is when that has changed, every five seconds at most", async () => {
    const { manager, news, advance } = await scene();
    let state = "online";
    manager.ready(() => ({ ...ONLINE, link: { state } }));
    await news();
    state = "waiting";
    expect(await advance(4_999)).toEqual([]);
    expect(await advance(1)).toEqual(["STATUS=connecting; 0 plugins"]);
    state = "connecting";
    expect(await advance(5_000), "the words are the same").toEqual([]);
  });

  it("that it stops, after which it is ready no more, but lives", async () => {
    const { manager, news, advance } = await scene();
    manager.ready(() => ONLINE);
    await news();
    manager.stopping(28_000);
    expect(await news()).toEqual(["STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=28000000"]);
    manager.ready(() => ONLINE);
    expect(await advance(30_000)).toEqual(["WATCHDOG=1"]);
  });

  it("in one message, what came while another was under way", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { manager, news, advance } = await scene(() => promise);
    manager.ready(() => ONLINE);
    expect(await advance(90_000), "it does not pile up").toEqual(["READY=1\nSTATUS=online; 0 plugins"]);
    manager.stopping(1);
    resolve();
    expect(await news()).toEqual(["WATCHDOG=1\nSTOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=1000"]);
  });

  it("although it could not be told before, which the log says once", async () => {
    const { manager, advance, lines } = await scene(() => Promise.reject(new Error("nobody there")));
    manager.ready(() => ONLINE);
    await advance(1);
    for (const _ of [1, 2, 3]) expect(await advance(30_000)).toEqual(["WATCHDOG=1"]);
    expect(lines()).toMatchObject([{ event: "agent.notify-failed", problem: "nobody there" }]);
  });
});

const up = { kind: "module", up: true };
const down = { kind: "module", up: false };
const built = { name: "hubhand", kind: "built-in", up: true };

describe("the status line", () => {
  it.each<[string, Partial<HowItIs>]>([
    ["online; 1 plugin", { plugins: [built, { name: "pump", ...up }] }],
    ["connecting; 0 plugins", { link: { state: "connecting" } }],
    [
      "not online (network, ENOTFOUND); 0 plugins",
      { link: { state: "waiting", lastFailure: { class: "network", reason: "ENOTFOUND" } } },
    ],
    [
      "online; 2 plugins, down: relay, starting: slow.ts",
      {
        plugins: [
          { name: "pump", ...up },
          { name: "relay", ...down },
        ],
        starting: ["slow.ts"],
      },
    ],
    [
      "online; 5 plugins, down: a, b, c and 2 more",
      { plugins: ["a", "b", "c", "d", "e"].map((name) => ({ name, ...down })) },
    ],
  ])("%s", (words, changed) => expect(statusWords({ ...ONLINE, ...changed })).toBe(words));

  it("is one line of a bounded length, whatever a plugin is called", () => {
    const words = statusWords({ ...ONLINE, plugins: [{ name: `a\nREADY=1${"x".repeat(999)}`, ...down }] });
    expect(words).toMatch(/^online; 1 plugin, down: a READY=1x+…$/);
    expect(words.length).toBeLessThan(250);
  });
});

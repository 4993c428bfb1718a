import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { type EventReader, readEvents } from "../../support/status-page/server-sent-events.ts";
import { QUIET, servePage } from "../../support/status-page/status-page.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();
const readers: EventReader[] = [];
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

async function watch(url: string): Promise<EventReader> {
  const reader = await readEvents(`${url}/api/status/stream`);
  readers.push(reader);
  return reader;
}

const snapshotOf = (reader: EventReader) => reader.event("the snapshot", ({ event }) => event === "snapshot");

/** A page whose seconds pass when the test says so. */
async function page() {
  const clock = createFakeClock();
  const served = await servePage(cleanUp, { clock });
  /** A second passes, and the look that is due is over. */
  async function second({ mayBeLast = false, seconds = 1 } = {}): Promise<void> {
    const before = served.asked.count;
    await waitUntil("the next look is due", () => clock.pending > 0);
    clock.advance(seconds * 1_000);
    await waitUntil("it looks", () => served.asked.count > before);
    if (mayBeLast) await new Promise((resolve) => setImmediate(resolve));
    else await waitUntil("it has looked", () => clock.pending > 0);
  }
  return { ...served, clock, second };
}

describe("the stream of the status page", () => {
  it("begins with the whole snapshot", async () => {
    const { url } = await page();
    const { data } = await snapshotOf(await watch(url));
    expect(data).toEqual({ at: "2026-01-01T00:00:01.000Z", ...QUIET, control: { possible: false } });
  });

  it("then tells the sections that change, whole, and nothing when nothing has", async () => {
    const { url, told, second } = await page();
    const reader = await watch(url);
    await snapshotOf(reader);
    await second();
    await second();
    told.inbox = { waiting: 3 };
    await second();
    const { data } = await reader.event("a change", ({ event }) => event === "change");
    expect(data).toEqual({ at: "2026-01-01T00:00:04.000Z", inbox: { waiting: 3 } });
    expect(reader.events).toHaveLength(2);
  });

  it("is kept alive by a comment every 15 seconds", async () => {
    const { url, second } = await page();
    const reader = await watch(url);
    await snapshotOf(reader);
    for (let passed = 0; passed < 15; passed += 1) await second();
    await waitUntil("a comment came", () => reader.comments.length > 0);
    expect(reader.comments).toHaveLength(1);
    expect(reader.events).toHaveLength(1);
  });

  it("looks once for all who watch, and not at all when nobody does", async () => {
    const { url, asked, clock, second } = await page();
    expect(asked.count).toBe(0);
    const all = await Promise.all([watch(url), watch(url), watch(url)]);
    await Promise.all(all.map(snapshotOf));
    expect(asked.count).toBe(1);
    await second();
    expect(asked.count).toBe(2);
    for (const reader of all) reader.close();
    await waitUntil("nothing is due any more", () => clock.pending === 0);
    clock.advance(60_000);
    expect(asked.count).toBe(2);
  });

  it("tells one who comes later all, and the others nothing twice", async () => {
    const { url, told, second } = await page();
    const first = await watch(url);
    await snapshotOf(first);
    told.jobs = { running: 1 };
    await second();
    await first.event("the change", ({ data }) => data.jobs.running === 1);
    const later = await watch(url);
    expect((await snapshotOf(later)).data.jobs).toEqual({ running: 1 });
    await second();
    expect(first.events).toHaveLength(2);
    expect(later.events).toHaveLength(1);
  });

  it("is for eight at once; the ninth is answered 503, until one leaves", async () => {
    const { url } = await page();
    const all = await Promise.all(Array.from({ length: 8 }, () => watch(url)));
    const ninth = await fetch(`${url}/api/status/stream`);
    expect(ninth.status).toBe(503);
    expect(await ninth.json()).toMatchObject({ error: { code: "WATCHERS_FULL" } });
    all[0]?.close();
    await waitUntil("there is room again", async () => {
      const response = await fetch(`${url}/api/status/stream`);
      await response.body?.cancel();
      return response.status === 200;
    });
  });

  it("waits longer after much news: a second for each 64 KiB, ten at most", async () => {
    const { url, told, asked, clock, second } = await page();
    const reader = await watch(url);
    await snapshotOf(reader);
    for (const [size, seconds] of [
      [150_000, 3],
      [4_000_000, 10],
    ] as const) {
      told.twin = { on: true, refused: [], absent: ["x".repeat(size)] };
      await second();
      const before = asked.count;
      clock.advance(seconds * 1_000 - 1);
      await new Promise((resolve) => setImmediate(resolve));
      expect(asked.count).toBe(before);
      clock.advance(1);
      await waitUntil("it looks", () => asked.count > before);
      await waitUntil("it has looked", () => clock.pending > 0);
    }
  });

  it("keeps no place for those who ask for its head", async () => {
    const { url, asked } = await page();
    for (let count = 0; count < 9; count += 1) {
      const { status, headers } = await fetch(`${url}/api/status/stream`, { method: "HEAD" });
      expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    }
    expect(asked.count).toBe(0);
    await snapshotOf(await watch(url));
  });

  it("drops one who does not read", async () => {
    const { url, told, clock, second } = await page();
    const { hostname, port } = new URL(url);
    const stalled = connect(Number(port), hostname);
    cleanUp.add(() => stalled.destroy());
    let isClosed = false;
    stalled.on("close", () => {
      isClosed = true;
    });
    stalled.pause();
    stalled.write(`GET /api/status/stream HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    await waitUntil("it watches", () => clock.pending > 0);
    // The system's own buffers hold some megabytes.
    for (let round = 0; round < 10 && clock.pending > 0; round += 1) {
      told.twin = { on: true, refused: [`${round}`], absent: ["x".repeat(4_000_000)] };
      await second({ mayBeLast: true, seconds: 10 });
    }
    expect(clock.pending).toBe(0);
    stalled.resume();
    await waitUntil("it learns of it", () => isClosed);
  });

  it("ends at once when the agent stops", async () => {
    const { url, stop } = await page();
    const reader = await watch(url);
    await snapshotOf(reader);
    await stop();
    await reader.ended;
    await expect(fetch(`${url}/api/status`)).rejects.toThrow();
  });

  it("ends when a part cannot tell how it is, and the agent lives on", async () => {
    const { url, told, clock } = await page();
    const reader = await watch(url);
    await snapshotOf(reader);
    Object.defineProperty(told, "tasks", {
      get() {
        throw new Error("no");
      },
    });
    clock.advance(1_000);
    await reader.ended;
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });
});

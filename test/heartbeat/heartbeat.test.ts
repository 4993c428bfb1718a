import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { MINUTE } from "../../src/durations.ts";
import { cpuTemperature } from "../../src/heartbeat/cpu-temperature.ts";
import { heartbeatFacts } from "../../src/heartbeat/facts.ts";
import { createHeartbeat } from "../../src/heartbeat/heartbeat.ts";
import type { Telemetry } from "../../src/messages/telemetry.ts";
import { settle } from "../methods/bench.ts";
import { createScheduleBench } from "../schedule/bench.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";

const cleanUp = cleanUpAfterEach();

async function benchWith(interval: number | "off") {
  const bench = await createScheduleBench({ random: () => 0.5 });
  const sent: unknown[] = [];
  const telemetry: Telemetry = {
    async send(body, options) {
      sent.push([body, options]);
      return { messageId: "1" };
    },
  };
  const facts = async () => ({ uptimeSeconds: 7 }) as never;
  const heartbeat = createHeartbeat({ schedule: bench.schedule, telemetry, facts, interval });
  expect(bench.clock.pending).toBe(0); // An agent that cannot start leaves nothing running.
  heartbeat.begin();
  return { ...bench, sent, heartbeat };
}

describe("the heartbeat", () => {
  it("is sent at its interval, goes last, and is worth two intervals", async () => {
    const { clock, sent } = await benchWith(15 * MINUTE);
    clock.advance(15 * MINUTE);
    await settle();
    const options = {
      stream: "heartbeat",
      priority: "low",
      timeToLive: "1800000ms",
      properties: { type: "heartbeat" },
    };
    expect(sent).toEqual([[{ uptimeSeconds: 7 }, options]]);
    clock.advance(15 * MINUTE);
    await settle();
    expect(sent).toHaveLength(2);
  });

  it("is a task as others are: hubhand/heartbeat, which configuration and twin may change", async () => {
    const { schedule, heartbeat } = await benchWith(15 * MINUTE);
    const status = { task: "hubhand/heartbeat", plugin: "hubhand", every: "15m", enabled: true };
    expect(schedule.list()).toMatchObject([status]);
    schedule.replace("hubhand", []); // The plugin of this name begins to serve.
    expect(schedule.list()).toMatchObject([status]);
    schedule.override({ "hubhand/heartbeat": { cron: "0 * * * *" } });
    expect(schedule.list()).toMatchObject([{ cron: "0 * * * *" }]);
    schedule.override({});
    heartbeat.setInterval("off");
    expect(schedule.list()).toEqual([]);
  });

  it("has another interval at once, and none if it is off", async () => {
    const { clock, sent, heartbeat } = await benchWith("off");
    clock.advance(60 * MINUTE);
    heartbeat.setInterval(2 * MINUTE);
    clock.advance(MINUTE);
    await settle();
    expect(sent).toHaveLength(1);
    heartbeat.setInterval("off");
    clock.advance(60 * MINUTE);
    await settle();
    expect(sent).toHaveLength(1);
  });

  it("that cannot be sent is a run that failed", async () => {
    const bench = await createScheduleBench();
    const send = async () => {
      throw new Error("no room");
    };
    const facts = async () => ({}) as never;
    createHeartbeat({ schedule: bench.schedule, telemetry: { send }, facts, interval: MINUTE }).begin();
    expect(await bench.schedule.runNow("hubhand", "heartbeat")).toBe("failed");
  });
});

describe("what it tells", () => {
  it("is how the machine, the link, the plugins and the outbox are", async () => {
    const clock = createFakeClock();
    const { metrics } = await createScheduleBench({}, clock);
    metrics.linkSessions.inc({ outcome: "online" }, 3);
    metrics.linkSessions.inc({ outcome: "failed" }, 9);
    metrics.linkFailures.inc({ class: "network" }, 4);
    metrics.linkFailures.inc({ class: "auth" }, 1);
    metrics.linkConnectedSince.set(clock.wallClock() / 1000 - 60);
    metrics.outboxMessages.set(5);
    metrics.outboxBytes.set(700);
    const stateDirectory = path.join(await cleanUp.folder(), "not", "there", "yet");
    const plugins = () => [{ up: true }, { up: false }, { up: true }];
    const facts = await heartbeatFacts({ metrics, clock, plugins, stateDirectory, uptime: () => 12.6 });
    const some = expect.any(Number);
    expect(facts).toMatchObject({
      uptimeSeconds: 13,
      memory: { rssBytes: some, freeBytes: some, totalBytes: some },
      load: { oneMinute: some, fiveMinutes: some, fifteenMinutes: some },
      disk: { freeBytes: some, totalBytes: some },
      link: { sessions: 3, failures: 5, connectedSeconds: 60 },
      plugins: { up: 2, down: 1 },
      outbox: { messages: 5, bytes: 700 },
    });
    expect(facts.disk?.freeBytes).toBeLessThanOrEqual(facts.disk?.totalBytes ?? 0);
    metrics.linkConnectedSince.set(0);
    const offline = await heartbeatFacts({ metrics, clock, plugins, stateDirectory });
    expect(offline.link.connectedSeconds).toBe(0);
  });
});

describe("the processor's temperature", () => {
  /** Sensors as Linux shows them: type and thousandths of a degree. */
  async function sensors(...zones: [string, string][]): Promise<string> {
    const folder = await cleanUp.folder();
    for (const [index, [type, temp]] of zones.entries()) {
      const zone = path.join(folder, `thermal_zone${index}`);
      await mkdir(zone);
      await writeFile(path.join(zone, "type"), `${type}\n`);
      await writeFile(path.join(zone, "temp"), `${temp}\n`);
    }
    return folder;
  }

  it.each<[string, [string, string][], number | undefined]>([
    ["of a Pi", [["cpu-thermal", "48312"]], 48.312],
    [
      "of a PC, which has others too",
      [
        ["acpitz", "27800"],
        ["x86_pkg_temp", "61000"],
      ],
      61,
    ],
    [
      "of the first sensor, if none is named after it",
      [
        ["board", "-3500"],
        ["other", "1"],
      ],
      -3.5,
    ],
    ["is left out where there is no sensor", [], undefined],
    ["is left out if it is no number", [["cpu-thermal", ""]], undefined],
  ])("%s", async (_, zones, celsius) => {
    expect(await cpuTemperature(await sensors(...zones))).toBe(celsius);
  });

  it("is left out where there is no such folder", async () => {
    expect(await cpuTemperature("/nowhere")).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { createMessageIntake } from "../../../src/plugins/hosts/message-intake.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createCollectedTelemetry } from "../../support/hub/collected-telemetry.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { daemon, declareDaemon } from "../daemon/daemons.ts";
import { openPluginFolder } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

describe("the messages of one plugin", () => {
  const open = () => {
    const clock = createFakeClock();
    const telemetry = createCollectedTelemetry();
    const intake = createMessageIntake({ telemetry: telemetry.telemetryFor("p"), clock });
    const answers: string[] = [];
    const add = (count: number): void => {
      for (let i = 0; i < count; i += 1)
        intake.add({
          body: i,
          options: {},
          length: 10,
          kept: (messageId) => answers.push(messageId),
          refused: (code) => answers.push(code),
        });
    };
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    return { clock, telemetry, intake, answers, add, settle };
  };

  it("are taken a thousand a second, in their order, and none is left behind", async () => {
    const { clock, telemetry, intake, answers, add, settle } = open();
    add(2_500);
    expect(telemetry.sent).toHaveLength(1_000);
    expect(clock.pending).toBe(1);
    clock.advance(1_000);
    expect(telemetry.sent).toHaveLength(2_000);
    clock.advance(1_000);
    expect(telemetry.sent.map(({ body }) => body)).toEqual(Array.from({ length: 2_500 }, (_, i) => i));
    await settle();
    expect(answers).toHaveLength(2_500);
    expect(clock.pending).toBe(0);
    expect(intake.room()).toBeUndefined();
  });

  it("have no more room than a window of those without an answer", async () => {
    const { telemetry, intake, add, settle } = open();
    const release = telemetry.hold();
    add(255);
    expect(intake.hasRoomFor(10)).toBe(true);
    expect(intake.hasRoomFor(1024 * 1024)).toBe(false);
    add(1);
    expect(intake.hasRoomFor(0)).toBe(false);
    const room = intake.room();
    release();
    await room;
    await settle();
    expect(intake.hasRoomFor(1024 * 1024)).toBe(true);
  });
});

it("a module that does not wait for its messages waits for the agent, and goes on answering", async () => {
  const { call, telemetry, metrics } = await openPluginFolder(cleanUp, {
    "eager.mjs": `let kept = 0, refused = 0; export default { methods: {
      flood: (count, { telemetry }) => {
        for (let i = 0; i < count; i += 1) telemetry.send({ i }).then(() => { kept += 1; }, () => { refused += 1; });
      },
      told: () => ({ kept, refused }),
    } };`,
  });
  const release = telemetry.hold();
  await call("flood", 10_000);
  await waitUntil("the window is full", () => telemetry.sent.length >= 256);
  expect((await call("told")).body).toEqual({ kept: 0, refused: 0 });
  expect(telemetry.sent).toHaveLength(256);
  release();
  await waitUntil("many are kept", async () => ((await call("told")).body as { kept: number }).kept > 1_100);
  const bodies = telemetry.sent.map(({ body }) => (body as { i: number }).i);
  expect(bodies).toEqual(bodies.map((_, i) => i));
  expect(await metrics.registry.metrics()).not.toMatch(/hubhand_plugin_restarts_total{.*eager.*} [1-9]/);
});

it("a module that sends for ever without a pause is told so, then ended, and started afresh", async () => {
  const { call, status } = await openPluginFolder(cleanUp, {
    "endless.mjs": `export default { memoryLimit: "24MiB", methods: {
      good: () => "here",
      endless: { timeout: "5s", handler: (_, { telemetry }) => { for (;;) telemetry.send("x".repeat(1_000)); } },
    } };`,
    "much.mjs": `export default { methods: {
      async much(_, { telemetry }) {
        const all = Array.from({ length: 100 }, () => telemetry.send("x".repeat(200_000)));
        const refused = (await Promise.allSettled(all)).filter(({ status }) => status === "rejected");
        return refused[0]?.reason;
      },
    } };`,
  });
  const { body } = await call("much");
  expect(body).toMatchObject({ code: "OUTBOX_FULL" });
  expect((await call("endless")).message).toMatch(/it took more than its 24MiB of memory$/);
  await waitUntil("it is there again", async () => (await call("good")).status === 200);
  expect(status("endless")?.up).toBe(true);
});

it("a daemon that says too much is not read for a while, and its other answers are not lost", async () => {
  const { call, telemetry } = await openPluginFolder(cleanUp, {
    "eager.plugin.yaml": declareDaemon("eager.cjs", "flood: {}"),
    "eager.cjs": daemon(
      `for (let i = 0; i < message.payload; i += 1) send({ type: "telemetry", body: { i, fill: "x".repeat(500) } });
       reply(message, "said");`,
    ),
  });
  const release = telemetry.hold();
  const reply = call("flood", 1_500);
  await waitUntil("the window is full", () => telemetry.sent.length >= 256);
  // What has been read with it is taken too.
  expect(telemetry.sent.length).toBeLessThan(600);
  release();
  expect((await reply).body).toBe("said");
  expect(telemetry.sent).toHaveLength(1_500);
});

import { expect, it } from "vitest";
import { MINUTE } from "../../../src/durations.ts";
import { createLogLevel } from "../../../src/observe/log/log-level.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

async function level() {
  const clock = createFakeClock();
  const log = await createLogBook({ level: "info" });
  return { clock, log, logger: log.logger, level: createLogLevel({ logger: log.logger, clock }) };
}

it("loggers that were made before follow, and theirs; there and back", async () => {
  const { clock, log, logger, level: logLevel } = await level();
  const plugin = logger.child({ plugin: "valve" });
  const call = plugin.child({ method: "open" }, {});
  call.debug("before");
  logLevel.set("debug", MINUTE);
  call.debug("meanwhile");
  expect(plugin.isLevelEnabled("debug")).toBe(true);
  clock.advance(MINUTE);
  call.debug("afterwards");
  expect(log.lines().filter((line) => line.level === "debug")).toMatchObject([
    { plugin: "valve", method: "open", msg: "meanwhile" },
  ]);
});

it("one that was given a level of its own keeps it", async () => {
  const { log, logger, level: logLevel } = await level();
  const quiet = logger.child({ plugin: "loud" }, { level: "error" });
  logLevel.set("trace", MINUTE);
  quiet.info("not asked for");
  expect(log.text()).not.toContain("not asked for");
});

it("is told in the log at any level, also when it returns", async () => {
  const { clock, log, level: logLevel } = await level();
  logLevel.set("fatal", MINUTE);
  clock.advance(MINUTE);
  expect(log.lines()).toMatchObject([
    { level: "info", logLevel: "fatal", until: expect.stringContaining("T") },
    { level: "info", logLevel: "info" },
  ]);
});

it("a later change takes the place of an earlier one, with its own time", async () => {
  const { clock, logger, level: logLevel } = await level();
  logLevel.set("debug", MINUTE);
  clock.advance(MINUTE / 2);
  logLevel.set("trace", 2 * MINUTE);
  clock.advance(MINUTE);
  expect(logger.level).toBe("trace");
  clock.advance(MINUTE);
  expect(logger.level).toBe("info");
  expect(clock.pending).toBe(0);
});

it("a reset without a change is none, and is not told", async () => {
  const { log, level: logLevel } = await level();
  expect(logLevel.reset()).toEqual({ level: "info", configured: "info" });
  expect(log.lines()).toEqual([]);
});

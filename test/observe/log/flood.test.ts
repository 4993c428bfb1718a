import { expect, it } from "vitest";
import { forAuthor, type Logger } from "../../../src/events/logger.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

async function book() {
  const clock = createFakeClock();
  const log = await createLogBook({ clock, level: "debug" });
  const logger: Logger = log.logger;
  const told = (event: string) => log.lines().filter((line) => line.event === event);
  return { ...log, logger, clock, told };
}

const plugin = (logger: Logger, name: string) => forAuthor(logger.child({ plugin: name }));

it("of a warning that comes again and again twenty are written in ten seconds, and one line says how many were not", async () => {
  const { logger, clock, told, lines } = await book();
  for (let call = 0; call < 100_000; call += 1)
    logger.child({ method: `made-up-${call}`, requestId: `${call}` }).warn({ event: "call.failed" }, "no");
  expect(told("call.failed")).toHaveLength(20);
  clock.advance(10_000);
  expect(lines().slice(20)).toMatchObject([
    { level: "warn", event: "log.suppressed", lines: 99_980, events: { "call.failed": 99_980 } },
  ]);
  logger.warn({ event: "call.failed" }, "again");
  expect(told("call.failed")).toHaveLength(21);
});

it("a flood of one method leaves room for those of others, and for other events", async () => {
  const { logger, told } = await book();
  const failing = logger.child({ plugin: "pump", method: "read", requestId: "1" });
  for (let call = 0; call < 100; call += 1) failing.error({ event: "call.failed" }, "no");
  logger.child({ plugin: "pump", method: "stop", requestId: "2" }).error({ event: "call.failed" }, "no");
  failing.warn({ event: "call.reply-lost" }, "the reply is lost");
  expect(told("call.failed")).toHaveLength(21);
  expect(told("call.reply-lost")).toHaveLength(1);
});

it("callers who ask for nonsense do not hide that a handler fails", async () => {
  const { logger, told } = await book();
  const calls = logger.child({ plugin: "pump", method: "read", requestId: "1" });
  for (let call = 0; call < 100; call += 1) calls.warn({ event: "call.failed" }, "a payload that is none");
  calls.error({ event: "call.failed" }, "the handler failed");
  expect(told("call.failed").at(-1)).toMatchObject({ level: "error" });
});

it("every answer of a call is written: what goes well is no flood", async () => {
  const { logger, told } = await book();
  const calls = logger.child({ plugin: "pump", method: "read" });
  for (let call = 0; call < 5_000; call += 1) calls.info({ event: "call.answered" }, "answered");
  expect(told("call.answered")).toHaveLength(5_000);
});

it("a plugin may write a thousand lines at once, and two hundred a second, whatever their level", async () => {
  const { logger, clock, lines } = await book();
  const log = plugin(logger, "chatty");
  for (let second = 0; second < 10; second += 1) {
    for (let line = 0; line < 500; line += 1)
      log.child({ loop: 1 }).info({ event: `mine.${line}` }, "on and on");
    clock.advance(1_000);
  }
  const own = lines().filter((line) => line.plugin === "chatty");
  expect(own).toHaveLength(2_000);
  plugin(logger, "quiet").error("I am heard");
  expect(lines().at(-1)?.msg).toBe("I am heard");
  const left = lines().filter((line) => line.event === "log.suppressed");
  const sum = left.reduce((all, line) => all + Number(line.lines), 0);
  clock.advance(10_000);
  const last = lines()
    .filter((line) => line.event === "log.suppressed")
    .at(-1);
  expect(last?.plugins).toHaveProperty("chatty");
  expect(sum).toBeLessThanOrEqual(3_000);
});

it("what was left out is told before the log ends", async () => {
  const { logger, told } = await book();
  for (let time = 0; time < 30; time += 1) logger.error({ event: "link.fault" }, "no");
  await new Promise<void>((resolve) => logger.flush(() => resolve()));
  expect(told("log.suppressed")).toMatchObject([{ lines: 10 }]);
});

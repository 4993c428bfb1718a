import { expect, it } from "vitest";
import { createLogRing } from "../../../src/observe/log/log-ring.ts";
import { createRedactor } from "../../../src/observe/log/redaction.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";

const SECRET = "correct horse battery";

async function ringAndLog(bytes: number, format: "json" | "pretty" = "json") {
  const redactor = createRedactor([SECRET]);
  const ring = createLogRing({ bytes, redact: redactor.redact });
  const { logger } = await createLogBook({ ring, level: "info", format, secrets: [SECRET] });
  return { ring, logger, redactor, told: () => ring.lines().map((line) => JSON.parse(line)) };
}

it("keeps lines as they are written, and none below the level", async () => {
  const { logger, told } = await ringAndLog(10_000);
  logger.debug("no");
  logger.child({ plugin: "a" }).info({ degrees: 21 }, "yes");
  expect(told()).toEqual([{ level: "info", time: expect.any(String), plugin: "a", degrees: 21, msg: "yes" }]);
});

it("keeps JSON also where people read something else", async () => {
  const { logger, told } = await ringAndLog(10_000, "pretty");
  logger.info("for people");
  expect(told()).toMatchObject([{ level: "info", msg: "for people" }]);
});

it("keeps no more than so many bytes, the latest", async () => {
  const { logger, ring, told } = await ringAndLog(1_000);
  for (let index = 0; index < 100; index += 1) logger.info(`ü line ${index}`);
  expect(Buffer.byteLength(ring.lines().join(""))).toBeLessThanOrEqual(1_000);
  expect(told().length).toBeGreaterThan(8);
  expect(told().at(-1).msg).toBe("ü line 99");
});

it("neither calls without end nor plugins that talk without end push out what comes seldom", async () => {
  const { logger, ring, told } = await ringAndLog(20_000);
  logger.warn({ event: "link.offline" }, "the hub is gone");
  logger.child({ plugin: "quiet" }).info("I am here");
  for (let index = 0; index < 1_000; index += 1) {
    logger.info({ event: "call.answered", index }, "answered");
    logger.child({ plugin: "chatty" }).info({ index }, "on and on");
    logger.child({ plugin: "made-up" }).info({ event: `mine${index}.works` }, "on and on");
  }
  expect(Buffer.byteLength(ring.lines().join(""))).toBeLessThanOrEqual(20_000);
  expect(told().slice(0, 2)).toMatchObject([{ event: "link.offline" }, { msg: "I am here" }]);
  const of = (fits: (line: { event?: string; plugin?: string }) => boolean) => told().filter(fits);
  expect(of(({ event }) => event === "call.answered").at(-1)).toMatchObject({ index: 999 });
  expect(of(({ plugin }) => plugin === "chatty").at(-1)).toMatchObject({ index: 999 });
  expect(told().at(-1)).toMatchObject({ event: "mine999.works" });
  const times = told().map(({ time }) => time);
  expect(times).toEqual(times.toSorted());
});

it("of lines of any length and script it keeps the latest, whole, at any time", async () => {
  const { logger, ring } = await ringAndLog(8_000);
  const said: string[] = [];
  for (let index = 0; index < 2_000; index += 1) {
    const text = `${index} ${"ä€\u{1f512}x".repeat((index * 7) % (index % 400 < 200 ? 3 : 90))}`;
    said.push(text);
    logger.info({ event: `${["call", "link", "plugin"][index % 3]}.x` }, text);
    if (index % 50 !== 0) continue;
    expect(Buffer.byteLength(ring.lines().join(""))).toBeLessThanOrEqual(8_000);
    const kept = ring.lines().map((line) => JSON.parse(line).msg);
    expect(said.filter((one) => kept.includes(one))).toEqual(kept);
    expect(kept.at(-1)).toBe(text);
  }
});

it("tells what came since it was asked last, in its order", async () => {
  const { logger, ring } = await ringAndLog(10_000);
  logger.info({ event: "link.online" }, "1");
  const { count } = ring.linesAfter(0);
  logger.child({ plugin: "a" }).info("2");
  logger.info({ event: "link.offline" }, "3");
  logger.child({ plugin: "a" }).info("4");
  expect(ring.linesAfter(count).lines.map((line) => JSON.parse(line).msg)).toEqual(["2", "3", "4"]);
  expect(ring.linesAfter(count + 3).lines).toEqual([]);
});

it("keeps nothing if there is no room", async () => {
  const { logger, ring } = await ringAndLog(0);
  logger.info("gone");
  expect(ring.lines()).toEqual([]);
});

it("one long line does not push out all others; its beginning stays", async () => {
  const { logger, told } = await ringAndLog(10_000);
  logger.info("first");
  logger.info({ dump: "x".repeat(50_000) }, "y".repeat(50_000));
  expect(told()).toMatchObject([
    { msg: "first" },
    { level: "info", msg: expect.stringMatching(/^y+…$/), shortened: true },
  ]);
});

it("holds no secret, also not one that became known after its line", async () => {
  const { logger, ring, redactor } = await ringAndLog(10_000);
  logger.info(`a ${SECRET} and a later-secret`);
  redactor.hide("later-secret");
  expect(ring.lines()[0]).toContain("a [secret] and a [secret]");
});

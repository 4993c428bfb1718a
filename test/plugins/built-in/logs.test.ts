import { describe, expect, it } from "vitest";
import { MAX_REPLY_BYTES } from "../../../src/methods/reply.ts";
import { createLogRing } from "../../../src/observe/log/log-ring.ts";
import { MEBIBYTE } from "../../../src/sizes.ts";
import { type Bench, errorOf, settle } from "../../methods/bench.ts";
import { createBuiltInBench } from "./bench.ts";

interface LogsReply {
  readonly lines: readonly { readonly msg: string }[];
  readonly truncated: boolean;
  readonly leftOut: number;
  readonly incomplete?: true;
  readonly keptSince?: string;
}

/** 12:00:00, 12:00:01 …, of all levels in turn. */
const START = Date.UTC(2026, 4, 1, 12);
const LEVELS = ["debug", "info", "warn", "error"];

const line = (index: number, more: object = {}) =>
  JSON.stringify({
    level: LEVELS[index % 4],
    time: new Date(START + index * 1_000).toISOString(),
    msg: `line ${index}`,
    ...more,
  });

const lines = (count: number, more?: object) =>
  Array.from({ length: count }, (_, index) => line(index, more));

const benchWith = (kept: readonly string[], now = START): Promise<Bench> =>
  createBuiltInBench(({ clock }) => ({
    logLines: () => kept,
    clock: { ...clock, now: () => performance.now(), wallClock: () => now },
  }));

async function ask(bench: Bench, payload?: object): Promise<LogsReply> {
  const { status, body } = await bench.call("hubhand.logs", payload).reply;
  expect(status).toBe(200);
  return body as LogsReply;
}

const messages = (reply: LogsReply) => reply.lines.map(({ msg }) => msg);

describe("hubhand.logs", () => {
  it("without more it tells the last hundred lines, the oldest first", async () => {
    const reply = await ask(await benchWith(lines(150)));
    expect(messages(reply)).toHaveLength(100);
    expect(messages(reply)[0]).toBe("line 50");
    expect(reply.lines.at(-1)).toEqual(JSON.parse(line(149)));
    expect(reply).toMatchObject({ truncated: false, leftOut: 0, keptSince: "2026-05-01T12:00:00.000Z" });
  });

  it("nothing is kept: no lines", async () => {
    expect(await ask(await benchWith([]))).toEqual({ lines: [], truncated: false, leftOut: 0 });
  });

  it.each<[string, object, string[]]>([
    ["the last ones", { tail: 2 }, ["line 8", "line 9"]],
    ["from a time on", { since: "2026-05-01T12:00:08Z" }, ["line 8", "line 9"]],
    ["up to a time", { until: "2026-05-01T12:00:01.000Z" }, ["line 0", "line 1"]],
    ["since a while ago", { since: "12s" }, ["line 8", "line 9"]],
    ["of a level and above", { level: "error" }, ["line 3", "line 7"]],
    ["that fit a pattern", { pattern: "line [36]" }, ["line 3", "line 6"]],
    ["with all of it at once", { level: "warn", since: "2026-05-01T12:00:04Z", tail: 1 }, ["line 7"]],
  ])("%s", async (_, payload, expected) => {
    const bench = await benchWith(lines(10), START + 20_000);
    expect(messages(await ask(bench, payload))).toEqual(expected);
  });

  it("is cut to fit a reply: the newest are there, without a gap, and it says how many are not", async () => {
    const bench = await benchWith(lines(500, { filling: "ü".repeat(500) }));
    const { reply } = bench.call("hubhand.logs", { tail: 500 });
    const { text, body } = await reply;
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_REPLY_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(MAX_REPLY_BYTES * 0.95);
    const { lines: told, truncated, leftOut } = body as LogsReply;
    expect(truncated).toBe(true);
    expect(told.length + leftOut).toBe(500);
    expect(messages(body as LogsReply)).toEqual(
      Array.from({ length: told.length }, (_, index) => `line ${500 - told.length + index}`),
    );
  });

  it.each([
    ["since", "yesterday", /how long ago/],
    ["until", "2026-99-01", /how long ago/],
    ["pattern", "(?<=a)b", /not supported/],
    ["pattern", "(a)\\1", /not supported/],
    ["pattern", "[", /not supported/],
    ["pattern", "(x?){500}x{500}", /repeats too much/],
  ])("a %s like %j is 400, and says so", async (name, value, message) => {
    const bench = await benchWith(lines(3));
    const reply = await bench.call("hubhand.logs", { [name]: value }).reply;
    expect(reply.status).toBe(400);
    expect(errorOf(reply)).toMatchObject({
      code: "PAYLOAD_INVALID",
      message: expect.stringMatching(message),
      details: { path: `/${name}` },
    });
    // A caller's mistake is no failure of ours, and no stack in the log.
    expect(bench.log.lines().map(({ level, msg }) => ({ level, msg }))).toEqual([
      { level: "debug", msg: "a call has arrived" },
      { level: "warn", msg: "answered with an error" },
    ]);
  });

  it("a pattern that JavaScript would brood over for years holds up nobody", async () => {
    const ring = createLogRing({ bytes: 2 * MEBIBYTE, redact: (text) => text });
    for (let index = 0; index < 500; index += 1) ring.add(`{"msg":"${"a".repeat(3_900)}!"}\n`);
    const bench = await benchWith(ring.lines());
    const order: string[] = [];
    const answered = async (name: string, payload?: object) => {
      const { status } = await bench.call(name, payload).reply;
      order.push(`${name} ${status}`);
    };
    await Promise.all([
      answered("hubhand.logs", { pattern: "(a+)+$|(a|aa)+$|(a|a?)+z" }),
      settle().then(() => answered("hubhand.ping")),
    ]);
    expect(order).toEqual(["hubhand.ping 200", "hubhand.logs 200"]);
  });
});

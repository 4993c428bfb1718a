import fc from "fast-check";
import { expect, it } from "vitest";
import { shortenLine } from "../../../src/observe/log/shorten.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";

const LIMIT = 32 * 1024;

function circle(): object {
  const all: Record<string, unknown> = { name: "circle" };
  all.self = all;
  return all;
}

const deep = (): unknown => {
  let value: unknown = "bottom";
  for (let depth = 0; depth < 20_000; depth += 1) value = { value };
  return value;
};

it.each<[string, () => unknown]>([
  ["a long text", () => ({ dump: "x".repeat(200_000) })],
  ["a long text of three bytes a character", () => ({ dump: "€".repeat(50_000) })],
  ["a text that JSON makes six times as long", () => ({ dump: "\u0001".repeat(50_000) })],
  ["half of a pair of surrogates at every place", () => ({ dump: "\uD800".repeat(30_000) })],
  ["many fields", () => Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`field${at}`, at]))],
  ["a field with an endless name", () => ({ ["n".repeat(100_000)]: 1 })],
  ["a huge list", () => ({ list: Array.from({ length: 100_000 }, (_, at) => at) })],
  ["deep nesting", () => ({ deep: deep() })],
  ["a circle", () => ({ circle: circle(), more: "x".repeat(100_000) })],
  ["a BigInt", () => ({ big: 2n ** 64n, more: ["x".repeat(100_000), 1n] })],
  [
    "a toJSON that throws",
    () => ({
      bad: {
        toJSON: () => {
          throw new Error("no");
        },
      },
    }),
  ],
  [
    "a getter that throws",
    () => ({
      get bad() {
        throw new Error("no");
      },
    }),
  ],
  [
    "one further down",
    () => ({
      in: {
        get bad() {
          throw new Error("no");
        },
      },
    }),
  ],
  [
    "a proxy that throws at everything",
    () =>
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
  ],
  [
    "something that throws no Error",
    () => ({
      get bad() {
        throw Symbol("no");
      },
    }),
  ],
  ["an error with megabytes", () => ({ err: new Error("x".repeat(3_000_000)) })],
  ["a symbol, a function, nothing", () => ({ symbol: Symbol("s"), call() {}, none: undefined })],
  ["megabytes of bytes", () => ({ bytes: Buffer.alloc(100_000), view: new Uint8Array(50_000) })],
])("%s makes one line of 32 KiB at most, with its level, time, event and text", async (_, fields) => {
  const { logger, lines, text } = await createLogBook();
  expect(() =>
    logger.child({ plugin: "p", method: "m", requestId: "7" }).warn(fields(), "what it was about"),
  ).not.toThrow();
  expect(Buffer.byteLength(text())).toBeLessThanOrEqual(LIMIT);
  expect(lines()).toMatchObject([
    {
      level: "warn",
      time: expect.any(String),
      plugin: "p",
      method: "m",
      requestId: "7",
      msg: "what it was about",
    },
  ]);
});

it("a text that is too long itself is cut, and an error keeps its message and the beginning of its stack", async () => {
  const { logger, lines } = await createLogBook();
  const err = new Error(`disk ${"d".repeat(15_000)}`);
  logger.error({ event: "x.y", before: "b".repeat(40_000), err }, `text ${"t".repeat(100_000)}`);
  const [line] = lines();
  expect(line).toMatchObject({ event: "x.y", shortened: true, msg: expect.stringMatching(/^text t+…$/) });
  expect(line?.err).toMatchObject({ type: "Error", message: expect.stringMatching(/^disk d+/) });
});

it("whatever is in a line, what is left of it is JSON, no longer than it may be, and the same if it was short", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: "binary", maxLength: 30 }), fc.jsonValue({ maxDepth: 3 }), {
        maxKeys: 15,
      }),
      fc.integer({ min: 1_024, max: 4_096 }),
      (fields, limit) => {
        const line = `${JSON.stringify({ level: "info", time: "t", ...fields })}\n`;
        const short = shortenLine(line, limit);
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(limit);
        expect(short.endsWith("\n")).toBe(true);
        expect(JSON.parse(short)).toHaveProperty("level");
        if (Buffer.byteLength(line) <= limit) expect(short).toBe(line);
      },
    ),
    { numRuns: 50 },
  );
});

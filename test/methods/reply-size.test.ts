import { expect, it } from "vitest";
import { createBench, errorOf } from "./bench.ts";

const LIMIT = 128 * 1024;

it("a reply of exactly 128 KiB is sent", async () => {
  const bench = await createBench();
  bench.define("big", () => "x".repeat(LIMIT - 2)); // two quotes around it
  const reply = await bench.call("big").reply;
  expect(reply.status).toBe(200);
  expect(Buffer.byteLength(reply.text)).toBe(LIMIT);
});

it("one byte more is 413 REPLY_TOO_LARGE, with the sizes", async () => {
  const bench = await createBench();
  bench.define("big", () => "x".repeat(LIMIT - 1));
  const reply = await bench.call("big").reply;
  expect(reply.status).toBe(413);
  expect(errorOf(reply)).toEqual({
    code: "REPLY_TOO_LARGE",
    message: `the reply has ${LIMIT + 1} bytes; the hub takes ${LIMIT}`,
    details: { bytes: LIMIT + 1, limit: LIMIT },
  });
});

it("bytes of UTF-8 count, not characters", async () => {
  const bench = await createBench();
  bench.define("euro", ({ payload }) => "€".repeat(payload as number)); // three bytes each
  const most = Math.floor((LIMIT - 2) / 3);
  expect((await bench.call("euro", most).reply).status).toBe(200);
  expect((await bench.call("euro", most + 1).reply).status).toBe(413);
});

it("a reply with a status of the handler's own has the same limit", async () => {
  const bench = await createBench();
  bench.define("big", ({ reply }) => reply(500, "x".repeat(LIMIT)));
  expect((await bench.call("big").reply).status).toBe(413);
});

it("an endless error message is cut, so that the error arrives", async () => {
  const bench = await createBench();
  bench.define("talkative", () => {
    throw new Error("\u0000😀".repeat(1_000_000));
  });
  const reply = await bench.call("talkative").reply;
  expect(reply.status).toBe(500);
  expect(Buffer.byteLength(reply.text)).toBeLessThan(LIMIT);
  expect(errorOf(reply).message.endsWith("…")).toBe(true);
});

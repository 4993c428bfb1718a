import { describe, expect, it } from "vitest";
import { sample } from "../support/prometheus/samples.ts";
import { createBench, errorOf, settle } from "./bench.ts";

describe("a handler that replies itself", () => {
  it("has its status and payload passed on untouched", async () => {
    const bench = await createBench();
    bench.define("teapot", ({ reply }) => reply(418, { short: true, stout: "ja, sehr" }));
    expect(await bench.call("teapot").reply).toMatchObject({
      status: 418,
      body: { short: true, stout: "ja, sehr" },
    });
  });

  it("may leave the payload out", async () => {
    const bench = await createBench();
    bench.define("accept", ({ reply }) => reply(202));
    expect(await bench.call("accept").reply).toMatchObject({ status: 202, body: null });
  });

  it("answers before it ends, and may go on", async () => {
    const bench = await createBench();
    const work = Promise.withResolvers<void>();
    let ended = false;
    bench.define("long", async ({ reply }) => {
      reply(202, { job: 1 });
      await work.promise;
      ended = true;
    });
    const call = bench.call("long");
    expect((await call.reply).status).toBe(202);
    expect(ended).toBe(false);
    work.resolve();
    await settle();
    expect(ended).toBe(true);
    expect(call.replies).toHaveLength(1);
    expect(
      await sample(bench.metrics.registry, "hubhand_method_extra_replies_total", { method: "long" }),
    ).toBeUndefined();
  });

  it.each([
    0,
    Number.NaN,
    "200",
    -1,
    1.5,
    2 ** 31,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    {},
    Symbol("s"),
  ])("is told that %o is no status", async (status) => {
    const bench = await createBench();
    bench.define("odd", ({ reply }) => reply(status as number, "x"));
    const reply = await bench.call("odd").reply;
    expect(reply.status).toBe(500);
    expect(errorOf(reply)).toMatchObject({
      code: "METHOD_FAILED",
      message: expect.stringMatching(/^the handler's status is .*; expected a whole number like 200$/),
    });
  });

  it.each([1, 199, 2 ** 31 - 1])("may say %i", async (status) => {
    const bench = await createBench();
    bench.define("odd", ({ reply }) => reply(status));
    expect((await bench.call("odd").reply).status).toBe(status);
  });
});

describe("a second answer is dropped, counted and told, and the first stands", () => {
  it.each<[string, (reply: (status: number, payload?: unknown) => void) => unknown]>([
    [
      "replies twice",
      (reply) => {
        reply(200, "first");
        reply(500, "second");
      },
    ],
    [
      "replies, then returns a result",
      (reply) => {
        reply(200, "first");
        return "second";
      },
    ],
    [
      "replies, then resolves to a result",
      async (reply) => {
        reply(200, "first");
        return "second";
      },
    ],
    [
      "replies, then what cannot be sent",
      (reply) => {
        reply(200, "first");
        reply(0);
      },
    ],
  ])("%s", async (_, act) => {
    const bench = await createBench();
    bench.define("twice", ({ reply }) => act(reply));
    const call = bench.call("twice");
    await settle();
    expect(call.replies.map(({ body }) => body)).toEqual(["first"]);
    expect(
      await sample(bench.metrics.registry, "hubhand_method_extra_replies_total", { method: "twice" }),
    ).toBe(1);
    expect(
      await sample(bench.metrics.registry, "hubhand_method_calls_total", { method: "twice", outcome: "ok" }),
    ).toBe(1);
    const line = bench.log.lines().find(({ msg }) => msg?.includes("this answer is dropped"));
    expect(line).toMatchObject({ level: "warn", method: "twice", requestId: call.requestId });
  });

  it("replies, then throws: the error is told to the log alone", async () => {
    const bench = await createBench();
    bench.define("late", ({ reply }) => {
      reply(200, "first");
      throw new Error("afterwards");
    });
    const call = bench.call("late");
    await settle();
    expect(call.replies.map(({ body }) => body)).toEqual(["first"]);
    const line = bench.log
      .lines()
      .find(({ msg }) => msg === "the handler failed after the call was answered");
    expect(line).toMatchObject({ level: "warn", requestId: call.requestId, err: { message: "afterwards" } });
  });
});

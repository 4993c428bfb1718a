import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Handler } from "../../../src/methods/method.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { sample } from "../../support/prometheus/samples.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { createBench, errorOf, settle } from "../bench.ts";
import { createJobBench, heldWork } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

describe("a handler that makes its call a job", () => {
  it("has it answered 202 and the job's id, and the work goes on", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const { work, begun, end } = heldWork();
    bench.define("long", ({ job }) => void job(work));
    const call = bench.call("long");
    const { status, body } = await call.reply;
    const { id } = await begun;
    expect({ status, body }).toEqual({ status: 202, body: { jobId: id } });
    expect(await bench.jobs.get(id)).toMatchObject({
      id,
      method: "long",
      plugin: "test",
      requestId: call.requestId,
      state: "running",
    });
    end({ degrees: 21 });
    expect(await bench.ended(id)).toMatchObject({ state: "done", result: { degrees: 21 } });
  });

  it("has the job on disk before its id is told", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    let atTheReply: unknown;
    bench.link = () => {
      const [file = ""] = readdirSync(bench.folder);
      atTheReply = JSON.parse(readFileSync(join(bench.folder, file), "utf8"));
    };
    const id = await bench.begin(heldWork().work);
    expect(atTheReply).toMatchObject({ id, state: "running" });
  });

  it("may end before its job does: it holds no place of its method", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    bench.define("one at a time", ({ job }) => void job(heldWork().work), { concurrency: 1, queue: 0 });
    expect((await bench.call("one at a time").reply).status).toBe(202);
    await settle();
    expect((await bench.call("one at a time").reply).status).toBe(202);
  });

  it("may wait for its job", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const { work, begun, end } = heldWork();
    let isOver = false;
    bench.define("waits", async ({ job }) => {
      await job(work);
      isOver = true;
    });
    await bench.call("waits").reply;
    await begun;
    expect(isOver).toBe(false);
    end();
    await waitUntil("the handler goes on", () => isOver);
  });

  it("and throws then, has only the log told", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const { work, begun } = heldWork();
    bench.define("careless", ({ job }) => {
      void job(work);
      throw new Error("afterwards");
    });
    expect((await bench.call("careless").reply).status).toBe(202);
    await begun;
    expect(bench.log.lines()).toContainEqual(
      expect.objectContaining({ level: "warn", err: expect.objectContaining({ message: "afterwards" }) }),
    );
  });
});

describe("the first answer stands", () => {
  it.each<[string, number, Handler]>([
    [
      "a job, then a reply",
      202,
      ({ job, reply }) => {
        void job(() => {});
        reply(200);
      },
    ],
    [
      "a job, then a result",
      202,
      ({ job }) => {
        void job(() => {});
        return "second";
      },
    ],
    [
      "a job, then another",
      202,
      ({ job }) => {
        void job(() => {});
        void job(() => {});
      },
    ],
    [
      "a reply, then a job",
      200,
      ({ job, reply }) => {
        reply(200);
        void job(() => {});
      },
    ],
  ])("%s", async (_, status, handler) => {
    const bench = await createJobBench(await cleanUp.folder());
    bench.define("twice", handler);
    const call = bench.call("twice");
    expect((await call.reply).status).toBe(status);
    await settle();
    expect(call.replies).toHaveLength(1);
    const { registry } = bench.metrics;
    expect(await sample(registry, "hubhand_method_extra_replies_total", { method: "twice" })).toBe(1);
    expect(await bench.jobs.list()).toHaveLength(status === 202 ? 1 : 0);
  });
});

describe("there is no job", () => {
  it("for a call that is over its time", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const refused = Promise.withResolvers<void>();
    let worked = false;
    bench.define("late", async ({ signal, job }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await job(() => {
        worked = true;
      });
      refused.resolve();
    });
    const call = bench.call("late");
    bench.clock.advance(30_000);
    expect((await call.reply).status).toBe(408);
    await refused.promise;
    expect(worked).toBe(false);
    expect(await bench.jobs.list()).toEqual([]);
  });

  it("for a call whose time is over before the disk has taken it", async () => {
    const disk = Promise.withResolvers<boolean>();
    const removed: string[] = [];
    const store = {
      load: async () => [],
      save: () => disk.promise,
      read: async () => undefined,
      remove: async (id: string) => void removed.push(id),
    };
    const bench = await createBench({ store });
    let worked = false;
    const work = () => {
      worked = true;
    };
    bench.define("slow disk", ({ job }) => void job(work), { timeout: 500 });
    const call = bench.call("slow disk");
    bench.clock.advance(500);
    expect((await call.reply).status).toBe(408);
    disk.resolve(true);
    await waitUntil("what was written is removed", () => removed.length === 1);
    expect(worked).toBe(false);
    expect(call.replies).toHaveLength(1);
    expect(await bench.jobs.list()).toEqual([]);
    expect(await sample(bench.metrics.registry, "hubhand_jobs_running")).toBe(0);
  });

  it("when as many run as may: 429", async () => {
    const bench = await createJobBench(await cleanUp.folder(), { concurrency: 2 });
    const first = heldWork();
    const id = await bench.begin(first.work);
    await bench.begin(heldWork().work);
    bench.define("third", ({ job }) => void job(() => "done"));
    const refused = await bench.call("third").reply;
    expect(refused.status).toBe(429);
    expect(errorOf(refused)).toMatchObject({ code: "METHOD_BUSY", details: { concurrency: 2 } });
    first.end();
    await bench.ended(id);
    const taken = await bench.call("third").reply;
    expect(taken.status).toBe(202);
    // Its last write must be over before its folder goes.
    await bench.ended((taken.body as { jobId: string }).jobId);
  });
});

it("a disk that hangs delays the answer by a second at most", async () => {
  const store = {
    load: async () => [],
    save: () => new Promise<boolean>(() => {}),
    read: async () => undefined,
    remove: async () => {},
  };
  const bench = await createBench({ store });
  bench.define("slow disk", ({ job }) => void job(() => {}));
  const call = bench.call("slow disk");
  await settle();
  expect(call.replies).toEqual([]);
  bench.clock.advance(1_000);
  expect((await call.reply).status).toBe(202);
});

import { describe, expect, it } from "vitest";
import type { Jobs } from "../../../src/methods/jobs/jobs.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { settle } from "../bench.ts";
import { createJobBench, heldWork } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

describe("a job that is cancelled", () => {
  it("has its signal fired, and is cancelled when its work ends", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const { work, begun, fail } = heldWork();
    const id = await bench.begin(work);
    const { signal } = await begun;
    signal.addEventListener("abort", () => fail(signal.reason));
    const job = await bench.jobs.cancel(id);
    expect(job).toMatchObject({
      state: "cancelled",
      error: { code: "JOB_CANCELLED", message: "a caller cancelled it" },
    });
    expect(await bench.onDisk(id)).toEqual(job);
    expect(bench.clock.pending).toBe(0);
  });

  it("is cancelled even if its work comes to a result", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const { work, begun, end } = heldWork();
    const id = await bench.begin(work);
    (await begun).signal.addEventListener("abort", () => end("as far as I got"));
    const job = await bench.jobs.cancel(id);
    expect(job.state).toBe("cancelled");
    expect(job).not.toHaveProperty("result");
  });

  it("is over after five seconds, whatever its work does", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const { work, begun, end } = heldWork();
    const id = await bench.begin(work);
    await begun;
    const cancelled = bench.jobs.cancel(id);
    bench.clock.advance(4_999);
    await settle();
    expect(await bench.jobs.get(id)).toMatchObject({ state: "running" });
    bench.clock.advance(1);
    const job = await cancelled;
    expect(job).toMatchObject({
      state: "cancelled",
      error: { message: "a caller cancelled it; its work did not end within 5 s, and may go on" },
    });
    end("too late");
    await waitUntil("the log tells of the late end", () =>
      bench.log.text().includes("the work of a job that was given up has ended"),
    );
    expect(await bench.jobs.get(id)).toEqual(job);
  });

  it("before its work has begun, is cancelled without it", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    let hasWorked = false;
    const id = await bench.begin(() => {
      hasWorked = true;
    });
    expect((await bench.jobs.cancel(id)).state).toBe("cancelled");
    await settle();
    expect(hasWorked).toBe(false);
    expect(bench.clock.pending).toBe(0);
  });

  it("may be cancelled twice at once", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const { work, begun, end } = heldWork();
    const id = await bench.begin(work);
    await begun;
    const both = [bench.jobs.cancel(id), bench.jobs.cancel(id)];
    end();
    for (const job of await Promise.all(both)) expect(job.state).toBe("cancelled");
  });
});

describe("what cannot be cancelled", () => {
  const refusal = (jobs: Jobs, id: string): Promise<unknown> =>
    jobs.cancel(id).then(
      () => undefined,
      (error: unknown) => error,
    );

  it("a job that has ended: JOB_OVER", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    const id = await bench.begin(() => 1);
    await bench.ended(id);
    expect(await refusal(bench.jobs, id)).toMatchObject({ code: "JOB_OVER", details: { state: "done" } });
  });

  it("a job that there is not: JOB_UNKNOWN", async () => {
    const bench = await createJobBench(await cleanUp.folder());
    expect(await refusal(bench.jobs, "../../etc/passwd")).toMatchObject({ code: "JOB_UNKNOWN" });
  });
});

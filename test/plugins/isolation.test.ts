import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { loadFolder, statusOf, writeFiles } from "./load.ts";

const cleanUp = cleanUpAfterEach();

/** Answers with where it is. */
const where = (method: string, says: string): string => `
  import { isMainThread } from "node:worker_threads";
  export default { ${says} methods: { "${method}": () => ({ isMainThread, parent: process.ppid }) } };`;

describe("where a module runs", () => {
  it.each([true, "thread", false] as const)(
    "it may say so itself, and plugins.isolate (%s) counts for those who do not",
    async (isolate) => {
      const directory = await cleanUp.folder();
      await writeFiles(directory, {
        "plain.mjs": where("plain", ""),
        "here.mjs": where("here", "isolate: false,"),
        "thread.mjs": where("thread", 'isolate: "thread",'),
        "process.mjs": where("process", 'isolate: "process",'),
      });
      const call = ["plain", "here", "thread", "process"].map((method) => ({ method }));
      const { replies } = await loadFolder({ directory, isolate, call });
      const [plain, here, thread, process] = replies.map(
        ({ body }) => body as { isMainThread: boolean; parent: number },
      );
      expect(plain).toEqual(isolate === "thread" ? thread : isolate ? process : here);
      expect(here?.isMainThread).toBe(true);
      expect(thread).toEqual({ isMainThread: false, parent: here?.parent });
      expect(process?.isMainThread).toBe(true);
      expect(process?.parent).not.toBe(here?.parent);
    },
  );

  it("what it says must make sense", async () => {
    const directory = await cleanUp.folder();
    await writeFiles(directory, {
      "isolate.mjs": 'export default { isolate: "yes" };',
      "limit.mjs": 'export default { memoryLimit: "1MiB" };',
      "unit.mjs": 'export default { memoryLimit: "64" };',
    });
    const report = await loadFolder({ directory });
    expect(statusOf(report, "isolate")?.problem).toBe(
      'isolate must be equal to one of the allowed values: true, false, "thread", "process"',
    );
    expect(statusOf(report, "limit")?.problem).toBe(
      'memoryLimit is "1MiB"; expected a size from 4MiB, like "64MiB"',
    );
    expect(statusOf(report, "unit")?.problem).toMatch(/^memoryLimit is "64"; expected a size/);
  });
});

describe("a handler in a thread or process of its own", () => {
  it.each(["true", '"thread"'])(
    "gets what it would get in the agent's thread (isolate: %s)",
    async (isolate) => {
      const directory = await cleanUp.folder();
      await writeFiles(directory, {
        "valve.ts": `import { definePlugin } from "hubhand";
        export default definePlugin<{ litres: number }>({
          isolate: ${isolate},
          settings: { type: "object", properties: { litres: { type: "integer", default: 2 } } },
          start: ({ log }) => log.info("starting"),
          stop: ({ log }) => log.info("stopping"),
          methods: {
            open(payload, { plugin, method, settings, signal, requestId, log, reply }) {
              log.info({ n: 1n, nested: { deep: [1] } }, "opening %d", 7);
              log.child({ part: "lid" }).warn(new Error("it creaks"));
              reply(201, { payload, plugin, method, settings, aborted: signal.aborted, requestId });
            },
            nothing: () => undefined,
            fails: () => { throw new RangeError("no valve"); },
          },
        });`,
      });
      const call = [{ method: "open", payload: { a: "ü" } }, { method: "nothing" }, { method: "fails" }];
      const { replies, log } = await loadFolder({ directory, settings: { valve: {} }, call });
      expect(replies[0]).toEqual({
        status: 201,
        body: {
          payload: { a: "ü" },
          plugin: "valve",
          method: "open",
          settings: { litres: 2 },
          aborted: false,
          requestId: "0",
        },
      });
      expect(replies[1]).toEqual({ status: 200, body: null });
      expect(replies[2]).toEqual({
        status: 500,
        body: { error: { code: "METHOD_FAILED", message: "no valve" } },
      });
      const line = (msg: string) => log.find((each) => each.msg === msg);
      expect(line("starting")).toMatchObject({ plugin: "valve", level: "info" });
      expect(line("stopping")).toMatchObject({ plugin: "valve" });
      expect(line("opening 7")).toMatchObject({
        method: "open",
        requestId: "0",
        n: "1",
        nested: { deep: [1] },
      });
      expect(line("it creaks")).toMatchObject({
        level: "warn",
        part: "lid",
        err: { stack: expect.stringContaining("valve.ts") },
      });
      expect(line("the handler failed")).toMatchObject({
        method: "fails",
        err: { type: "RangeError", stack: expect.stringContaining("valve.ts") },
      });
    },
  );

  it("its signal fires, and what it does then is heard", async () => {
    const directory = await cleanUp.folder();
    await writeFiles(directory, {
      "late.mjs": `export default { methods: { wait: { timeout: "200ms", handler: (_, { signal, log }) =>
        new Promise((resolve) => signal.addEventListener("abort", () => {
          log.info("giving up: " + signal.reason.message); resolve("too late"); })) } } };`,
    });
    const { replies, log } = await loadFolder({ directory, call: [{ method: "wait" }] });
    expect(replies[0]?.status).toBe(408);
    expect(log.map(({ msg }) => msg)).toContain("giving up: method wait is over its 200 ms");
  });
});

import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const CRUEL = `
export default {
  methods: {
    fine: () => "fine",
    spin: (_, { job }) => job(() => { for (;;); }),
    exit: (_, { job }) => job(() => process.exit(3)),
    flood: (_, { job }) => job(({ progress }) => { for (let n = 0; n < 1e6; n += 1) progress(n); return "over"; }),
  },
};`;

it.each(["thread", "true"])(
  "a job that holds its thread is cancelled with it, one that ends it fails, and ping is prompt (isolate: %s)",
  async (isolate) => {
    const { call, answers, pinging } = await startCruel(
      cleanUp,
      { "cruel.mjs": CRUEL },
      { HUBHAND_PLUGINS_ISOLATE: isolate, HUBHAND_STATE_DIRECTORY: await cleanUp.folder() },
    );
    const begin = async (method: string): Promise<string> => {
      const { status, payload } = await call(method);
      expect(status).toBe(202);
      return (payload as { jobId: string }).jobId;
    };
    const job = async (id: string) => (await call("hubhand.job", { id })).payload as { state: string };
    await pinging(async () => {
      const spinning = await begin("spin");
      const { status, payload } = await call("hubhand.cancelJob", { id: spinning });
      expect({ status, payload }).toMatchObject({
        status: 200,
        payload: { state: "cancelled", error: { message: "a caller cancelled it" } },
      });
      await answers("fine");

      const exiting = await begin("exit");
      await waitUntil("it fails", async () => (await job(exiting)).state === "failed");
      expect(await job(exiting)).toMatchObject({
        error: { code: "METHOD_FAILED", message: expect.stringContaining("ended before it answered") },
      });
      await answers("fine");

      const flooding = await begin("flood");
      await waitUntil("it is over", async () => (await job(flooding)).state === "done");
      expect(await job(flooding)).toMatchObject({ progress: 999_999, result: "over" });
    });
  },
);

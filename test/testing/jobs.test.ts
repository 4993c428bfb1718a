import { expect, it } from "vitest";
import { definePlugin } from "../../src/index.ts";
import { testPlugin } from "../../src/testing/index.ts";

const garden = definePlugin({
  methods: {
    water: (beds: number, { job }) =>
      job(({ progress }) => {
        for (let bed = 1; bed <= beds; bed += 1) progress({ watered: bed });
        return { watered: beds };
      }),
    wait: (_, { job }) =>
      job(({ signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", reject))),
  },
});

it("a test sees what becomes of a call that becomes a job", async () => {
  await using plugin = await testPlugin(garden);
  const { status, payload } = await plugin.call("water", 3);
  expect(status).toBe(202);
  expect(await plugin.job(payload.jobId)).toMatchObject({
    state: "done",
    progress: { watered: 3 },
    result: { watered: 3 },
  });
});

it("a job ends with its test", async () => {
  const plugin = await testPlugin(garden);
  const { payload } = await plugin.call("wait");
  await plugin.stop();
  expect(await plugin.job(payload.jobId)).toMatchObject({ state: "interrupted" });
});

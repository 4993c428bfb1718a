import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

it("a plugin that says much of itself leaves room to tell of the others", async () => {
  const scene = await startCruel(cleanUp, {
    "a.mjs": `export default { methods: { a: { description: "x".repeat(125_000), handler: () => 1 }, b: () => 2 } };`,
    "b.mjs": `throw new Error("x".repeat(500_000));`,
    "c.plugin.json": JSON.stringify({ url: "http://127.0.0.1:1/", ["x".repeat(20_000)]: 1 }),
  });
  await scene.answers("b");
  await scene.agent.line("broken", ({ plugin, level }) => plugin === "b" && level === "error");
  const { status, payload } = await scene.call("hubhand.describe");
  expect(status).toBe(200);
  expect(payload).toMatchObject({
    truncated: true,
    leftOut: 1,
    methods: { b: {}, good: {}, "hubhand.ping": {} },
  });
  const ready = await (await fetch(`${scene.url}/readyz`)).text();
  expect(ready.length).toBeLessThan(20_000);
});

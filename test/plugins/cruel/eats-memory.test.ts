import { beforeAll, describe, expect, it } from "vitest";
import { cleanUpAfterAll, cleanUpAfterEach } from "../../support/clean-up.ts";
import { type CruelScene, startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const EATERS: Readonly<Record<string, string>> = {
  objects: "() => { const all = []; for (;;) all.push({ x: all.length }); }",
  arrays: "() => { const all = []; for (;;) all.push(new Array(1e6).fill(0.5)); }",
  "arrays-that-are-large": "() => { const all = []; for (;;) all.push(new Array(2e7).fill({})); }",
  "one-array": "() => new Array(3e7).fill(0).map((_, i) => ({ i }))",
  buffers: "() => { const all = []; for (;;) all.push(Buffer.alloc(1e6, 1)); }",
  texts:
    '() => { const all = []; for (;;) { all.push("x".repeat(1e7) + all.length); all.at(-1).charCodeAt(5); } }',
  slowly: `async () => { const all = []; for (;;) {
    all.push(Buffer.alloc(1e6, 1)); await new Promise((resolve) => setTimeout(resolve, 2)); } }`,
};

describe("a handler that eats memory is ended, whatever it eats", () => {
  // One agent for all, and a test each: a busy machine takes a while to fill an array.
  const cleanUpAtEnd = cleanUpAfterAll();
  let scene: CruelScene;

  beforeAll(async () => {
    scene = await startCruel(
      cleanUpAtEnd,
      Object.fromEntries(
        Object.entries(EATERS).map(([name, handler]) => [
          `${name}.mjs`,
          `export default { methods: { "${name}": ${handler}, "fine-${name}": () => 1 } };`,
        ]),
      ),
    );
  });

  it.each(Object.keys(EATERS))("%s", async (name) => {
    const reply = await scene.pinging(() => scene.call(name));
    expect(reply).toMatchObject({
      status: 500,
      code: "METHOD_FAILED",
      message: `plugin "${name}" ended before it answered: it took more than its 64MiB of memory`,
    });
    await scene.answers(`fine-${name}`);
  });
});

it("what is thrown away again is not held against it", async () => {
  const scene = await startCruel(cleanUp, {
    "churner.mjs": `export default { memoryLimit: "32MiB", methods: { async churn() {
      for (let i = 0; i < 300; i += 1) {
        Buffer.alloc(1e6, 1); new Array(1e4).fill(i).map(String);
        if (i % 5 === 0) await new Promise(setImmediate);
      }
      return "done";
    } } };`,
  });
  expect(await scene.call("churn")).toMatchObject({ status: 200, payload: "done" });
});

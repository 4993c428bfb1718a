import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

/** Each says with its schema, which the agent reads in its own thread, what would take it minutes. */
const PLUGIN = `const doubling = Object.fromEntries(Array.from({ length: 30 }, (_, step) => [
    "d" + step,
    step === 29 ? { not: { const: 5 } } : { allOf: [{ $ref: "#/$defs/d" + (step + 1) }, { $ref: "#/$defs/d" + (step + 1) }] },
  ]));
  const handler = () => 1;
  export default { methods: {
    pattern: { schema: { type: "string", pattern: "^(a+)+$" }, handler },
    unique: { schema: { type: "array", uniqueItems: true }, handler },
    doubling: { schema: { $defs: doubling, $ref: "#/$defs/d0" }, handler },
    many: { schema: { items: { not: { enum: Array.from({ length: 6000 }, (_, i) => -i - 1) } } }, handler },
  } };`;

const PAYLOADS = {
  pattern: `${"a".repeat(40)}b`,
  unique: Array.from({ length: 20_000 }, (_, index) => index),
  doubling: 1,
  many: Array.from({ length: 40_000 }, () => 7),
};

it("a schema that would take minutes is given up", async () => {
  const scene = await startCruel(cleanUp, { "checker.mjs": PLUGIN });
  for (const [method, payload] of Object.entries(PAYLOADS)) {
    await scene.pinging(async () => {
      expect(await scene.call(method, payload), method).toMatchObject({
        status: 500,
        code: "METHOD_FAILED",
        message: "its schema took more than 50 ms to check the payload",
      });
      // Not at once again: it would be all that the agent does.
      expect(await scene.call(method, payload), method).toMatchObject({ status: 429, code: "METHOD_BUSY" });
    });
  }
});

it("a plugin whose settings would take minutes to check is broken, and the others run", async () => {
  const settings = {
    type: "object",
    properties: { a: { default: `${"a".repeat(40)}b`, pattern: "^(a+)+$" } },
  };
  const source = `export default { settings: ${JSON.stringify(settings)}, methods: { never: () => 1 } };`;
  const scene = await startCruel(cleanUp, { "checker.mjs": source });
  const { msg } = await scene.agent.line(
    "told",
    ({ plugin, level }) => plugin === "checker" && level === "error",
  );
  expect(msg).toMatch(/its settings schema cannot be used: it took more than 50 ms/);
  expect((await scene.call("good")).payload).toBe("here");
});

import type { NewFile } from "./new-plugin.ts";

/** A module and its test, in one language or the other: the same but for the names of the files. */
export function moduleFiles(name: string, language: "typescript" | "javascript"): readonly NewFile[] {
  const extension = language === "typescript" ? "ts" : "mjs";
  return [
    { name: `${name}.${extension}`, text: plugin(name) },
    { name: `${name}.test.${extension}`, text: test(name, extension) },
  ];
}

const plugin = (name: string): string => `import { definePlugin } from "hubhand";

export default definePlugin({
  description: "What ${name} is for.",
  methods: {
    "${name}.greet": {
      description: "Greets whoever calls.",
      // What does not fit is answered with 400 and never gets here.
      schema: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        properties: { name: { type: "string" } },
      },
      timeout: "5s",
      handler({ name }, { log }) {
        log.info({ name }, "greeting");
        return { greeting: \`hello \${name}\` };
      },
    },
  },
});
`;

const test = (name: string, extension: string): string => `import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlugin } from "hubhand/testing";
import plugin from "./${name}.${extension}";

test("it greets by name", async (t) => {
  const tested = await testPlugin(plugin, { name: "${name}" });
  t.after(() => tested.stop());
  const reply = await tested.call("${name}.greet", { name: "world" });
  assert.deepEqual(reply, { status: 200, payload: { greeting: "hello world" } });
});

test("a payload that does not fit is refused", async (t) => {
  const tested = await testPlugin(plugin, { name: "${name}" });
  t.after(() => tested.stop());
  const { status } = await tested.call("${name}.greet", { nam: "world" });
  assert.equal(status, 400);
});
`;

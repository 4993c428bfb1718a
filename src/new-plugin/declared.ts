import type { NewFile } from "./new-plugin.ts";

/** What a plugin that is no module says of itself. `how` is how it is run or asked. */
export const declaration = (name: string, how: string): NewFile => ({
  name: `${name}/plugin.yaml`,
  text: `description: What ${name} is for.
${how}
methods:
  ${name}.greet:
    description: Greets whoever calls.
    timeout: 5s
    # What does not fit is answered with 400 and never gets to the program.
    schema:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: { type: string, pattern: "^[\\\\p{L} ]*$" }
`,
});

/**
 * Calls it as the agent does.
 * @param before what the test has to start first, and `options` for it
 */
export const declaredTest = (
  name: string,
  { imports = "", before = "", options = "" }: { imports?: string; before?: string; options?: string } = {},
): NewFile => ({
  name: `${name}/${name}.test.mjs`,
  text: `import assert from "node:assert/strict";
${imports}import { test } from "node:test";
import { testPlugin } from "hubhand/testing";

test("it greets by name, and refuses what does not fit", async (t) => {
${before}  const tested = await testPlugin(new URL("plugin.yaml", import.meta.url)${options});
  t.after(() => tested.stop());
  assert.deepEqual(await tested.call("${name}.greet", { name: "world" }), {
    status: 200,
    payload: { greeting: "hello world" },
  });
  assert.equal((await tested.call("${name}.greet", { nam: "world" })).status, 400);
});
`,
});

import { expect, it } from "vitest";
import { createSchemaCompiler } from "../../../src/methods/validation.ts";
import { builtInPlugin } from "../../../src/plugins/built-in/index.ts";
import { methodDefinition } from "../../../src/plugins/outline-of.ts";
import { workspace } from "../../config/workspace.ts";
import { createBench } from "../../methods/bench.ts";
import { quietSources } from "./bench.ts";

/** The agent compiles them when they are first called, and would say then what is wrong with them. */
it("all schemas of our own methods are schemas", async () => {
  const { builtIn } = workspace().load({ env: {} }).values.methods;
  const all = Object.fromEntries(Object.keys(builtIn).map((name) => [name, true])) as typeof builtIn;
  const { methods = {} } = builtInPlugin({ sources: quietSources(await createBench()), enabled: all });
  const compile = createSchemaCompiler();
  const compiled = Object.entries(methods).flatMap(([name, given]) => {
    const { schema, replySchema } = methodDefinition(given);
    return [schema, replySchema].flatMap((each) => (each === undefined ? [] : [compile(each, name)]));
  });
  expect(compiled.length).toBeGreaterThan(10);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configKeys } from "../../src/config/keys.ts";
import { exampleYaml, referenceMarkdown } from "../../src/config/reference.ts";
import { workspace } from "./workspace.ts";

const shipped = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("what is generated from the schema is current: run `npm run docs`", () => {
  expect(shipped("config/example.yaml")).toBe(exampleYaml());
  expect(shipped("docs/reference/configuration.md")).toBe(referenceMarkdown());
});

test("the example sets nothing, and uncommented it sets every key to its default", () => {
  const space = workspace();
  space.write("example.yaml", exampleYaml());
  space.write("uncommented.yaml", exampleYaml().replaceAll(/^( +)# (\w+: \S+)$/gm, "$1$2"));
  const { values: defaults } = space.load();
  expect(space.load({ configFiles: ["example.yaml"] }).values).toEqual(defaults);
  const { values, origin } = space.load({ configFiles: ["uncommented.yaml"] });
  expect(values).toEqual(defaults);
  // Of a secret and its file, set to null both, one decides.
  for (const { name } of configKeys()) expect([name, origin(name)]).toEqual([name, "uncommented.yaml"]);
});

test("the reference names every key, variable and flag", () => {
  const reference = referenceMarkdown();
  for (const { name, variables, flag } of configKeys()) {
    for (const word of [`### ${name}\n`, ...variables, flag ?? name]) expect(reference).toContain(word);
  }
});

test("the files that are shipped can be read", () => {
  const space = workspace();
  for (const name of ["default", "demo", "example"])
    space.write(`${name}.yaml`, shipped(`config/${name}.yaml`));
  const { values } = space.load({ configFiles: ["default.yaml", "example.yaml", "demo.yaml"] });
  expect(values.observe.port).toBe(0);
  expect(values.log.format).toBe("json");
});

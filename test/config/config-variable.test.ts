import { expect, test } from "vitest";
import { workspace } from "./workspace.ts";

test("HUBHAND_CONFIG names files with commas between them, later ones win", () => {
  const space = workspace();
  space.write("a.yaml", "observe: { port: 1, host: 0.0.0.0 }");
  space.write("sub/b.yaml", "observe: { port: 2 }");
  const { values, origin } = space.load({ env: { HUBHAND_CONFIG: " a.yaml, sub/b.yaml ," } });
  expect(values.observe).toMatchObject({ port: 2, host: "0.0.0.0" });
  expect(origin("observe.port")).toBe("sub/b.yaml");
});

test("--config replaces HUBHAND_CONFIG, as a flag replaces its variable", () => {
  const space = workspace();
  space.write("flag.yaml", "observe: { port: 1 }");
  const env = { HUBHAND_CONFIG: "missing.yaml" };
  expect(space.load({ env, configFiles: ["flag.yaml"] }).values.observe.port).toBe(1);
});

test("a file that HUBHAND_CONFIG names must exist", () => {
  const space = workspace();
  expect(space.problems({ env: { HUBHAND_CONFIG: "missing.yaml" } })).toEqual([
    `missing.yaml, named by environment variable HUBHAND_CONFIG: configuration file: it does not exist. Check the name and the rights; a relative name starts at ${space.cwd}.`,
  ]);
});

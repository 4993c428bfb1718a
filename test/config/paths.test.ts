import { join } from "node:path";
import { expect, test } from "vitest";
import { workspace } from "./workspace.ts";

test("a relative path in a file starts at the folder of that file", () => {
  const space = workspace();
  space.write("etc/site.yaml", "hub: { caFile: ca.pem }\nplugins: { directory: ../handlers }");
  const { values } = space.load({ configFiles: ["etc/site.yaml"] });
  expect(values.hub.caFile).toBe(join(space.cwd, "etc/ca.pem"));
  expect(values.plugins.directory).toBe(join(space.cwd, "handlers"));
});

test("a relative path in a variable, a flag or the defaults starts at the working directory", () => {
  const space = workspace();
  expect(space.load().values.plugins.directory).toBe(join(space.cwd, "plugins"));
  const { values } = space.load({
    env: { HUBHAND_HUB_CA_FILE: "./ca.pem" },
    flags: { "plugins.directory": "handlers" },
  });
  expect(values.hub.caFile).toBe(join(space.cwd, "ca.pem"));
  expect(values.plugins.directory).toBe(join(space.cwd, "handlers"));
});

test("an absolute path stays as it is", () => {
  const space = workspace();
  space.write("etc/site.yaml", "plugins: { directory: /srv/plugins }");
  expect(space.load({ configFiles: ["etc/site.yaml"] }).values.plugins.directory).toBe("/srv/plugins");
});

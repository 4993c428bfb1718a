import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const answering = (answer: string): string => `export default { methods: { linked: () => "${answer}" } };`;

it("links that lead round in circles cost nothing, and plugins behind links are renewed all the same", async () => {
  const scene = await startCruel(
    cleanUp,
    { "..one/linked.mjs": answering("one") },
    { HUBHAND_PLUGINS_RELOAD: "true" },
  );
  const at = (name: string): string => path.join(scene.plugins, name);
  const answer = async (): Promise<unknown> => (await scene.call("linked")).payload;
  for (const name of ["round", "and-round", "once-more"]) await symlink(".", at(name));
  // As Kubernetes mounts a ConfigMap, and changes it.
  await symlink("..one", at("..data"));
  await symlink("..data/linked.mjs", at("linked.mjs"));
  await waitUntil("it is found", async () => (await answer()) === "one");
  await mkdir(at("..two"));
  await writeFile(at("..two/linked.mjs"), answering("two"));
  await symlink("..two", at("..data_tmp"));
  await rename(at("..data_tmp"), at("..data"));
  await rm(at("..one"), { recursive: true });
  await waitUntil("it is renewed", async () => (await answer()) === "two");
  await writeFile(at("..two/linked.mjs"), answering("three"));
  await waitUntil("it is renewed where it is", async () => (await answer()) === "three");
  expect((await scene.call("good")).payload).toBe("here");
});

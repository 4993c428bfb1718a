import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { pino } from "pino";
import { expect, it } from "vitest";
import { watchFolder } from "../../src/plugins/watch-folder.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

it("a link that was there before is no change", async () => {
  const directory = await cleanUp.folder();
  const at = (name: string): string => path.join(directory, name);
  // As Kubernetes mounts a ConfigMap.
  await mkdir(at("..one"));
  await writeFile(at("..one/linked.mjs"), "");
  await symlink("..one", at("..data"));
  await symlink("..data/linked.mjs", at("linked.mjs"));
  const told: string[] = [];
  const end = await watchFolder({
    directory,
    onChange: (paths) => void told.push(...paths),
    logger: pino({ level: "silent" }),
  });
  cleanUp.add(end);
  await writeFile(at("another.mjs"), "");
  await waitUntil("a file is told that came", () => told.includes(at("another.mjs")));
  expect(new Set(told)).toEqual(new Set([at("another.mjs")]));
});

import { expect, it } from "vitest";
import { memoryLimitOf } from "../../../src/check/here/memory-limit.ts";
import { MEBIBYTE } from "../../../src/sizes.ts";
import { writeFiles } from "../../plugins/load.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const MAX = String(256 * MEBIBYTE);

async function limitOf(files: Record<string, string>): Promise<number | undefined> {
  const folder = await cleanUp.folder();
  await writeFiles(folder, files);
  return memoryLimitOf(7, { proc: `${folder}/proc`, groups: `${folder}/groups` });
}

// As systemd 257 and 252, and Docker on version 1, have them. A kernel of a test has one of them only.
it.each<[string, number | undefined, Record<string, string>]>([
  [
    "of its own group",
    256,
    {
      "proc/7/cgroup": "0::/system.slice/hubhand.service\n",
      "groups/system.slice/hubhand.service/memory.max": `${MAX}\n`,
      "groups/system.slice/memory.max": "max\n",
    },
  ],
  [
    "of one above it, if that is less",
    64,
    {
      "proc/7/cgroup": "0::/system.slice/hubhand.service\n",
      "groups/system.slice/hubhand.service/memory.max": `${MAX}\n`,
      "groups/system.slice/memory.max": String(64 * MEBIBYTE),
    },
  ],
  [
    "of version 1, beside an empty tree of version 2",
    256,
    {
      "proc/7/cgroup": "9:name=systemd:/\n4:memory:/system.slice/hubhand.service\n0::/\n",
      "groups/memory/system.slice/hubhand.service/memory.limit_in_bytes": `${MAX}\n`,
      "groups/memory/memory.limit_in_bytes": "9223372036854771712\n",
    },
  ],
  ["that is not set", undefined, { "proc/7/cgroup": "0::/x\n", "groups/x/memory.max": "max\n" }],
  [
    "that is out of sight",
    undefined,
    { "proc/7/cgroup": "0::/../x\n", "groups/memory.max": MAX, "x/memory.max": MAX },
  ],
  ["of no process", undefined, {}],
])("the limit %s", async (_, mebibytes, files) => {
  expect(await limitOf(files)).toBe(mebibytes === undefined ? undefined : mebibytes * MEBIBYTE);
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRebootFile } from "../../../src/agent/plugins/reboot-file.ts";
import { systemClock } from "../../../src/clock.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

describe("the file that asks the host to reboot", () => {
  it("is written with the time, into a folder or over what is there", async () => {
    const file = join(await cleanUp.folder(), "reboot");
    const bridge = createRebootFile(file, systemClock);
    for (const before of [undefined, "an older and longer text than a time is\n"]) {
      if (before !== undefined) await writeFile(file, before);
      await bridge.possible();
      await bridge.ask();
      expect(await readFile(file, "utf8")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
    }
  });

  it("that it cannot be written is told before", async () => {
    const file = join(await cleanUp.folder(), "not", "mounted");
    await expect(createRebootFile(file, systemClock).possible()).rejects.toMatchObject({
      code: "METHOD_FAILED",
      message: expect.stringContaining("Is it mounted"),
    });
  });
});

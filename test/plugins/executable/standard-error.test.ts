import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { NODE, openPluginFolder, SHELL } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

it("its last lines are in the log however many came before", async () => {
  const { call, log } = await openPluginFolder(cleanUp, {
    "x.sh": `${SHELL}n=0; while [ $n -lt 3000 ]; do echo "line $n" >&2; n=$((n+1)); done; echo "no valve" >&2; exit 3`,
  });
  expect((await call("x")).message).toBe("the program failed, it exited with 3: no valve");
  expect(log.text()).toContain("line 2999");
  expect(log.lines().filter(({ stream }) => stream === "stderr").length).toBeLessThan(250);
});

it.each([
  ["", 'throw new TypeError("no valve")', "TypeError: no valve"],
  [
    " with more in it",
    'throw Object.assign(new Error("no valve"), { errno: -2, code: "ENOENT" })',
    "Error: no valve",
  ],
  [
    ", and a line after it",
    'console.error(new Error("no valve").stack); console.error("gave up"); process.exit(1)',
    "gave up",
  ],
])("of an error%s its message is told, not where it was", async (_, code, last) => {
  const { call } = await openPluginFolder(cleanUp, { "x.cjs": NODE + code });
  expect((await call("x")).message).toBe(`the program failed, it exited with 1: ${last}`);
});

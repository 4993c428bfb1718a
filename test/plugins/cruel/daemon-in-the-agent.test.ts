import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { daemon, declareDaemon } from "../daemon/daemons.ts";
import { startCruel } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

/** Processes that carry a variable, whatever they are called. */
async function carriersOf(variable: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")),
  );
  return pids.filter((_, index) => environments[index]?.split("\0").includes(variable));
}

it("no line that a daemon says ends the agent, and none of its processes outlives it", async () => {
  const mark = `CRUEL_MARK=${process.pid}-${Date.now()}`;
  const declaration = declareDaemon(
    "x.cjs",
    "x: { timeout: 3s }",
    `environment: { ${mark.replace("=", ": ")} }`,
  );
  const scene = await startCruel(cleanUp, {
    "x.plugin.yaml": declaration.replace("./x.cjs", `[${process.execPath}, x.cjs]`),
    "x.cjs": daemon(`
      require("node:child_process").spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
      const deep = "[".repeat(200_000) + "]".repeat(200_000);
      for (const place of ['"message":' + deep, '"message":"m","fields":' + deep, '"payload":' + deep, '"id":' + deep])
        for (const type of ["error", "log", "reply", "ready"])
          process.stdout.write('{"type":"' + type + '","id":"' + message.id + '",' + place + "}\\n");`),
  });
  expect((await scene.pinging(() => scene.call("x"))).code).toBe("METHOD_FAILED");
  expect((await scene.call("good")).status).toBe(200);
  await waitUntil("two processes", async () => (await carriersOf(mark)).length === 2);
  scene.agent.kill("SIGTERM");
  expect(await scene.agent.exited).toBe(0);
  expect(await carriersOf(mark)).toEqual([]);
});

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { daemon, declareDaemon } from "../daemon/daemons.ts";
import { isRunning, mark, openPluginFolder, type PluginFolder } from "../folder.ts";

const cleanUp = cleanUpAfterEach();

const open = (code: string, methods?: string, start?: string): Promise<PluginFolder> =>
  openPluginFolder(cleanUp, {
    "x.cjs": daemon(code, start),
    "x.plugin.yaml": declareDaemon("x.cjs", methods),
  });

it("what it has answered before it ended counts, every time", async () => {
  const { call, log } = await open(`
    process.stdout.write(JSON.stringify({ type: "log", message: "x".repeat(1000) }) + "\\n");
    reply(message, "last words"); process.exit(0);`);
  for (let restarts = 1; restarts <= 3; restarts += 1) {
    expect(await call("x")).toMatchObject({ status: 200, body: "last words" });
    await waitUntil(
      "it is up again",
      () => log.lines().filter(({ msg }) => msg === "the plugin is up again").length === restarts,
    );
  }
});

it("what it wrote last on standard error is told, every time", async () => {
  for (let n = 0; n < 10; n += 1) {
    const { call, set } = await open(
      "process.stderr.write('why\\n'.repeat(2000) + 'the last one\\n', () => process.exit(3));",
    );
    expect((await call("x")).message).toMatch(/it exited with 3: the last one$/);
    await set.stopAll();
  }
});

it("when it crashes, what it has started is ended too, also out of its process group", async () => {
  const child = mark();
  const { call } = await open(`
    if (message.payload === null) { reply(message, null); return; }
    require("node:child_process").spawn("sleep", ["${child}"], { detached: true, stdio: "ignore" }).on("spawn", () => process.abort());`);
  expect((await call("x", "crash")).code).toBe("METHOD_FAILED");
  await waitUntil("its child is gone", async () => !(await isRunning(child)));
});

it("one that is stopped in the middle (SIGSTOP) is ended with the agent", async () => {
  const { call, set } = await open("process.kill(process.pid, 'SIGSTOP')", "x: { timeout: 300ms }");
  expect((await call("x")).status).toBe(408);
  await set.stopAll();
});

it("one that deletes its own file and ends is down, says why, and is up again when the file is back", async () => {
  const { call, status, directory } = await open("require('node:fs').rmSync(__filename); process.exit(3);");
  const file = path.join(directory, "x.cjs");
  const text = await readFile(file, "utf8");
  expect((await call("x")).message).toMatch(/it exited with 3$/);
  await waitUntil(
    "it is told",
    () => status("x")?.problem?.includes(`${file} cannot be started: it is gone`) === true,
  );
  expect(await call("x")).toMatchObject({ status: 503, code: "PLUGIN_DOWN" });
  await writeFile(file, text, { mode: 0o755 });
  await waitUntil("it is up again", () => status("x")?.up === true);
});

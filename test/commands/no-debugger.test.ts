import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";

const cleanUp = cleanUpAfterEach();
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

test("whoever may send a signal opens no debugger, to which others could connect", async () => {
  const { PATH = "" } = process.env;
  const args = [MAIN, "hub", "--mqtt-port", "0", "--https-port", "0", "--json"];
  const hub = spawn(process.execPath, args, { env: { PATH, ...COMPILE_CACHE } });
  cleanUp.add(() => void hub.kill("SIGKILL"));
  const said = text(hub.stderr);
  const ended = once(hub, "exit");
  await once(hub.stdout, "data");
  hub.kill("SIGUSR1");
  hub.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  expect(await said).not.toContain("Debugger");
});

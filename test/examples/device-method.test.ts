import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import deviceMethod from "../../examples/demo/device-method.ts";
import { loadFolder } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const EXAMPLE = fileURLToPath(new URL("../../examples/demo/device-method.ts", import.meta.url));

it("answers as the tutorial's device does, and counts its calls in the log", async () => {
  // A copy in a folder of its own: an example must run where a user puts it.
  const directory = path.join(await cleanUp.folder(), "plugins");
  await mkdir(directory);
  await cp(EXAMPLE, path.join(directory, "device-method.ts"));
  const call = { method: "DeviceMethod", payload: { method_number: "42" } };
  const report = await loadFolder({ directory, call: [call, call] });
  const reply = { status: 200, body: { Response: "This is the response from the device" } };
  expect(report.replies).toEqual([reply, reply]);
  const lines = report.log.filter(({ callbackCount }) => callbackCount !== undefined);
  expect(lines).toMatchObject([
    { callbackCount: 1, payload: { method_number: "42" }, msg: "DeviceMethod was called, 1 so far" },
    { callbackCount: 2, payload: { method_number: "42" }, msg: "DeviceMethod was called, 2 so far" },
  ]);
});

it("logs the count each minute", () => {
  const task = deviceMethod.tasks?.["log-count"];
  expect(task?.cron).toBe("* * * * *");
  const lines: unknown[][] = [];
  task?.run({ log: { info: (...line: unknown[]) => lines.push(line) } } as never);
  expect(lines).toEqual([[{ callbackCount: 0 }, "0 calls so far"]]);
});

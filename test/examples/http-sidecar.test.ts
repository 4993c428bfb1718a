import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { loadFolder, statusOf } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const EXAMPLE = path.join(import.meta.dirname, "../../examples/plugins/http-sidecar");
const TOKEN = "a-token-of-the-test";

/** The example's own service on a port that is free. */
async function startSidecar(): Promise<number> {
  const sidecar: ChildProcess = spawn(process.execPath, [path.join(EXAMPLE, "sidecar.mjs")], {
    env: { METER_TOKEN: TOKEN, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanUp.add(async () => {
    if (sidecar.exitCode !== null) return;
    sidecar.kill("SIGKILL");
    await once(sidecar, "exit");
  });
  if (sidecar.stdout === null) throw new Error("the sidecar has no standard output");
  const [line] = (await once(sidecar.stdout, "data")) as [Buffer];
  return Number(/^listening on port (\d+)$/m.exec(line.toString())?.[1]);
}

/** A copy of the example where a user would put it, which asks this port. */
async function copyExample(port: number): Promise<string> {
  const directory = await cleanUp.folder();
  const folder = path.join(directory, "http-sidecar");
  await cp(EXAMPLE, folder, { recursive: true });
  const file = path.join(folder, "plugin.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("127.0.0.1:8085", `127.0.0.1:${port}`));
  return directory;
}

it("answers through its sidecar, whose token is a setting", async () => {
  const directory = await copyExample(await startSidecar());
  const report = await loadFolder({
    directory,
    settings: { "http-sidecar": { token: TOKEN } },
    call: [
      { method: "meter.add", payload: { pulses: 1500 } },
      { method: "meter.add", payload: { pulses: 0 } },
    ],
  });
  expect(statusOf(report, "http-sidecar")).toMatchObject({ kind: "http", up: true });
  expect(report.methods).toEqual(expect.arrayContaining(["meter.add", "meter.read"]));
  expect(report.replies).toMatchObject([
    { status: 200, body: { pulses: 1500, kilowattHours: 1.5 } },
    { status: 400, body: { error: { code: "PAYLOAD_INVALID" } } },
  ]);
});

it("passes on what the sidecar says of a wrong token", async () => {
  const directory = await copyExample(await startSidecar());
  const settings = { "http-sidecar": { token: "not-the-token" } };
  const report = await loadFolder({ directory, settings, call: [{ method: "meter.read" }] });
  expect(report.replies).toEqual([
    { status: 401, body: { error: "the token is not the sidecar's METER_TOKEN" } },
  ]);
});

it("is told to be without its setting when it is not configured", async () => {
  const report = await loadFolder({ directory: await copyExample(1) });
  expect(statusOf(report, "http-sidecar")).toMatchObject({
    up: false,
    problem:
      "the configuration does not fit it: plugins.settings.http-sidecar must have required property 'token'",
  });
});

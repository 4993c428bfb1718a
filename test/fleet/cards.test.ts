import { execFile, spawnSync } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { deriveDeviceKey } from "../../src/link/identities/derived-key.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterAll();
const SCRIPT = fileURLToPath(new URL("../../deploy/fleet/device-files.mjs", import.meta.url));
const GROUP_KEY = Buffer.alloc(32, 7).toString("base64");

let folder: string;
let keyFile: string;

function make(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [SCRIPT, "--id-scope", "0ne1", "--group-key-file", keyFile, "--out", path.join(folder, "cards"), ...args],
    { encoding: "utf8", input },
  );
  return { status, stdout, stderr };
}

beforeAll(async () => {
  folder = await cleanUp.folder();
  keyFile = path.join(folder, "group-key");
  await writeFile(keyFile, `${GROUP_KEY}\n`);
});

test("a card has the key that the agent would derive, for nobody else to read, and so does openssl", async () => {
  expect(make([], "pump-1\npump-2\n")).toMatchObject({ status: 0, stderr: "" });
  const file = path.join(folder, "cards", "pump-2", "device-key");
  const key = (await readFile(file, "utf8")).trim();
  expect(key).toBe(deriveDeviceKey(GROUP_KEY, "pump-2"));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const page = await readFile(new URL("../../docs/fleet/provisioning.md", import.meta.url), "utf8");
  const command = /^ {4}(printf %s pump-1 \| openssl[\s\S]*?\| base64)$/m.exec(page)?.[1];
  const { stdout } = await promisify(execFile)("bash", ["-c", command ?? "exit 9"], { cwd: folder });
  expect(stdout.trim()).toBe(deriveDeviceKey(GROUP_KEY, "pump-1"));
});

test("a card that is there is left alone", () => {
  const { status, stderr, stdout } = make(["pump-1", "pump-3"]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${path.join(folder, "cards", "pump-3")}\n` });
  expect(stderr).toMatch(/pump-1 is there already/);
});

test("who lists devices as a text of Windows gets them, and no card more; who lists none is told", () => {
  expect(make([], "\uFEFFpump-4\r\n\r\npump-5")).toMatchObject({ status: 0, stderr: "" });
  expect(make([], "two words\n")).toMatchObject({
    status: 65,
    stdout: "",
    stderr: expect.stringMatching(/"two words"/),
  });
  expect(make([], "\n")).toMatchObject({ status: 65, stderr: expect.stringMatching(/no registration id/) });
});

test("a folder that is another device's is not taken for this one's", () => {
  expect(make(["pump:6", "pump_6"])).toMatchObject({
    status: 73,
    stderr: expect.stringMatching(/not that of "pump_6"/),
  });
});

test("what cannot be understood or written is told in a line, without a stack", async () => {
  expect(make(["--no-such-flag"])).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(/'--no-such-flag'[\s\S]*registration id/),
  });
  await writeFile(path.join(folder, "file"), "");
  const { status, stderr } = make(["--out", path.join(folder, "file"), "pump-7"]);
  expect({ status, stderr }).toEqual({
    status: 73,
    stderr: expect.stringMatching(/^\S+file cannot be written: EEXIST/),
  });
  expect(make(["--id-scope", "", "pump-7"]).status).toBe(64);
});

test.runIf(process.platform === "linux")("where no folder can be made, that is told at once", () => {
  expect(make(["--out", "/proc/x", "pump-8"])).toMatchObject({
    status: 73,
    stderr: expect.stringMatching(/^\/proc\/x cannot be written: ENOENT/),
  });
});

test.each([
  [["gate.way."], /no registration id/],
  [[".."], /no registration id/],
  [["g".repeat(65)], /64 characters/],
  [["gateway-2", "0"], /number of days/],
  [["gateway-2", "abc"], /number of days/],
  [["gateway-2"], /authority\.pem cannot be read/],
])("no certificate is made for %j, and it is said why", (args, told) => {
  const script = fileURLToPath(new URL("../../deploy/fleet/device-certificate.sh", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    "sh",
    [script, path.join(folder, "none"), "0ne1", folder, ...args],
    {
      encoding: "utf8",
    },
  );
  expect({ status, stdout }).toEqual({ status: 65, stdout: "" });
  expect(stderr).toMatch(told);
});

test("what is no id and what is no key is refused, with what was expected and without the key", async () => {
  for (const id of ["Pump-9", "../pump", "a b", "pump."])
    expect(make(["pump-8", id])).toMatchObject({
      status: 65,
      stdout: "",
      stderr: expect.stringContaining(`"${id}"`),
    });
  await expect(stat(path.join(folder, "cards", "pump-8"))).rejects.toThrow(/ENOENT/);
  await writeFile(keyFile, "c2hvcnQ=");
  expect(make(["pump-8"])).toMatchObject({ status: 65, stderr: expect.stringMatching(/group key.*base64/) });
  expect(make(["pump-8"]).stderr).not.toContain("c2hvcnQ=");
});

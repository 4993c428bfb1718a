import { spawnSync } from "node:child_process";
import { chmod } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import gpio from "../../examples/plugins/gpio.ts";
import systemdUnit from "../../examples/plugins/systemd-unit.ts";
import { testPlugin } from "../../src/testing/index.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const { PATH = "" } = process.env;
afterEach(() => {
  process.env.PATH = PATH;
});

/** Puts programs first in PATH that stand in for hardware and for an init system, which are not here. */
async function standIns(programs: Readonly<Record<string, string>>, rest = PATH): Promise<void> {
  const folder = await cleanUp.folder();
  await writeFiles(folder, programs);
  for (const name of Object.keys(programs)) await chmod(path.join(folder, name), 0o755);
  process.env.PATH = `${folder}:${rest}`;
}

describe("gpio (against stand-ins for libgpiod's tools: there are no pins here)", () => {
  const tools = (version: string) => {
    const script = (answer: string) =>
      `#!/bin/sh\n[ "$1" = --version ] && { echo "$0 (libgpiod) v${version}"; exit; }\necho "$*" >&2\n${answer}\n`;
    return {
      gpioset: script('case "$*" in *99=*) echo "gpioset: no such line" >&2; exit 1;; esac'),
      gpioget: script("echo 1"),
    };
  };
  const settings = { lines: { relay: 17, wrong: 99 } };

  it.each(["1.6.3", "2.1.3"])("sets and reads lines by name (libgpiod %s)", async (version) => {
    await standIns(tools(version));
    await using plugin = await testPlugin(gpio, { name: "gpio", settings });
    expect(await plugin.call("gpio.set", { line: "relay", value: 1 })).toEqual({
      status: 200,
      payload: { line: "relay", value: 1 },
    });
    expect(await plugin.call("gpio.get", { line: "relay" })).toEqual({
      status: 200,
      payload: { line: "relay", value: 1 },
    });
  });

  it("lets nobody touch a line that the configuration does not name", async () => {
    await standIns(tools("2.1.3"));
    await using plugin = await testPlugin(gpio, { name: "gpio", settings });
    expect(await plugin.call("gpio.set", { line: "18", value: 1 })).toEqual({
      status: 404,
      payload: { problem: 'plugins.settings.gpio.lines names no line "18"', lines: ["relay", "wrong"] },
    });
  });

  it("says what the tool says, and what to install where there is none", async () => {
    await standIns(tools("2.1.3"));
    await using plugin = await testPlugin(gpio, { name: "gpio", settings });
    const failed = await plugin.call("gpio.set", { line: "wrong", value: 1 });
    expect(failed.payload.error.message).toContain("gpioset: no such line");
    await standIns({}, "");
    const missing = await plugin.call("gpio.get", { line: "relay" });
    expect(missing.payload.error.message).toBe("gpioget is not installed: apt install gpiod");
  });
});

describe("systemd-unit", () => {
  const hasSystemd = spawnSync("systemctl", ["show", "--property=Version"]).status === 0;
  if (!hasSystemd) process.stderr.write("SKIPPED: there is no running systemd here\n");

  it("tells how a unit is (against a stand-in for systemctl)", async () => {
    await standIns({
      systemctl: `#!/bin/sh
printf 'LoadState=%s\\nActiveState=active\\nSubState=running\\nResult=success\\nNRestarts=2\\nActiveEnterTimestamp=Tue 2026-11-24 10:00:00 UTC\\n' "$(case "$5" in ssh.service) echo loaded;; *) echo not-found;; esac)"
`,
    });
    await using plugin = await testPlugin(systemdUnit);
    expect(await plugin.call("unit.state", { unit: "ssh.service" })).toEqual({
      status: 200,
      payload: {
        unit: "ssh.service",
        active: "active",
        sub: "running",
        result: "success",
        restarts: 2,
        since: "Tue 2026-11-24 10:00:00 UTC",
      },
    });
    expect((await plugin.call("unit.state", { unit: "nothing.service" })).status).toBe(404);
    expect((await plugin.call("unit.state", { unit: "--help" })).status).toBe(400);
  });

  it.skipIf(!hasSystemd)("tells how a real unit is", async () => {
    await using plugin = await testPlugin(systemdUnit);
    expect((await plugin.call("unit.state", { unit: "basic.target" })).status).toBe(200);
  });

  it("says that there is no systemd", async () => {
    await standIns({}, "");
    await using plugin = await testPlugin(systemdUnit);
    const { payload } = await plugin.call("unit.state", { unit: "ssh.service" });
    expect(payload.error.message).toBe("there is no systemd here; a container does not have one");
  });
});

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { NODE } from "../plugins/folder.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { openExample } from "./support/open-example.ts";
import { programsFirst } from "./support/programs.ts";

const cleanUp = cleanUpAfterEach();

const LINES = {
  relay: { offset: 17, direction: "out", activeLow: true },
  door: { offset: 22, direction: "in", bias: "pull-up" },
};

/**
 * Programs that take the arguments of libgpiod's (man pages of 1.6.3 and 2.2.1), refuse all others, and keep the lines in
 * a file. The real ones need a chip, which few machines have.
 */
function libgpiod(version: 1 | 2, chip: string, state: string): Record<string, string> {
  const common = `${NODE}
    const { appendFileSync } = require("node:fs");
    const args = process.argv.slice(2);
    const name = require("node:path").basename(process.argv[1]);
    if (args[0] === "--version") { console.log(name + " (libgpiod) v${version === 1 ? "1.6.3" : "2.2.1"}\\nCopyright"); process.exit(); }
    const note = (text) => appendFileSync(${JSON.stringify(state)}, text + "\\n");
    const given = args.join(" ");
    const refuse = () => { console.error(name + ": unknown arguments: " + given); process.exit(1); };
  `;
  const ofChip = version === 1 ? chip : `--chip=${chip}`;
  const first = version === 1 ? "--mode=signal" : "--banner";
  return {
    gpioset: `${common}
      const [, value] = /^17=([01])$/.exec(args.at(-1)) ?? refuse();
      if (args.slice(0, -1).join(" ") !== ${JSON.stringify(`${first} --active-low ${ofChip}`)}) refuse();
      process.on("SIGTERM", () => { note("let go"); process.exit(); });
      note("17=" + value);
      ${version === 1 ? "" : `console.log("Setting line '17'...");`}
      setInterval(() => {}, 1000);`,
    gpioget: `${common}
      if (given !== ${JSON.stringify(`${version === 1 ? "" : "--numeric "}--bias=pull-up ${ofChip} 22`)}) refuse();
      console.log(1);`,
  };
}

describe.each([1, 2] as const)("with libgpiod %i", (version) => {
  async function open() {
    const folder = await cleanUp.folder();
    const chip = path.join(folder, "gpiochip0");
    const state = path.join(folder, "state");
    await writeFile(chip, "");
    await writeFile(state, "");
    const PATH = await programsFirst(cleanUp, libgpiod(version, chip, state));
    const plugin = await openExample(cleanUp, "gpio", { settings: { chip, lines: LINES }, env: { PATH } });
    const told = async () => (await readFile(state, "utf8")).split("\n").filter(Boolean);
    return { ...plugin, told };
  }

  it("switches an output, holds it, and lets go of it at the end", async () => {
    const { call, told, set } = await open();
    const on = { line: "relay", on: true };
    expect(await call("gpio.get", { line: "relay" })).toMatchObject({ body: { line: "relay", on: null } });
    expect(await call("gpio.set", on)).toMatchObject({ status: 200, body: on });
    expect(await call("gpio.get", { line: "relay" })).toMatchObject({ status: 200, body: on });
    await waitUntil("it is on", async () => (await told()).join() === "17=1");
    expect(await call("gpio.set", on)).toMatchObject({ status: 200 });
    expect(await call("gpio.set", { line: "relay", on: false })).toMatchObject({ status: 200 });
    await waitUntil("it is off", async () => (await told()).join() === "17=1,let go,17=0");
    await set.stopAll();
    expect(await told()).toEqual(["17=1", "let go", "17=0", "let go"]);
  });

  it("switches an output by a message", async () => {
    const { call, deliver, told, log } = await open();
    const given = { properties: { type: "gpio.set" } };
    await deliver('{"line":"relay","on":true}', given);
    expect(await call("gpio.get", { line: "relay" })).toMatchObject({ body: { line: "relay", on: true } });
    await waitUntil("it is on", async () => (await told()).join() === "17=1");
    await deliver('{"line":"door","on":true}', given);
    expect(log.text()).toContain("a message wants to switch what is no output");
  });

  it("reads an input", async () => {
    const { call } = await open();
    const reply = { status: 200, body: { line: "door", on: true } };
    expect(await call("gpio.get", { line: "door" })).toMatchObject(reply);
  });
});

describe("what cannot be", () => {
  const open = (chip: string, PATH: string) =>
    openExample(cleanUp, "gpio", { settings: { chip, lines: LINES }, env: { PATH } });

  it("is no line that the settings do not name, and no switching of an input", async () => {
    const { call } = await open("/dev/gpiochip0", "/nowhere");
    const known = { problem: "there is no line lamp; plugins.settings.gpio.lines has relay, door" };
    expect(await call("gpio.get", { line: "lamp" })).toMatchObject({ status: 404, body: known });
    expect(await call("gpio.get", { line: "constructor" })).toMatchObject({ status: 404 });
    expect(await call("gpio.set", { line: "door", on: true })).toMatchObject({ status: 409 });
  });

  it.each([1, 2])("is told in the words of gpioset %i, as when another has the line", async (version) => {
    const gpioset = `#!/bin/sh
      [ "$1" = --version ] && echo "gpioset (libgpiod) v${version}.6.3" && exit
      echo "gpioset: unable to request lines: Device or resource busy" >&2
      exit 1`;
    // In place of the chip a file that may be written.
    const { call } = await open("/dev/null", await programsFirst(cleanUp, { gpioset }));
    expect(await call("gpio.set", { line: "relay", on: true })).toMatchObject({
      status: 500,
      code: "METHOD_FAILED",
      message: expect.stringContaining("Device or resource busy"),
    });
    expect(await call("gpio.get", { line: "relay" })).toMatchObject({ body: { on: null } });
  });

  it("is told where libgpiod's programs are not installed", async () => {
    const { call } = await open("/dev/gpiochip0", "/nowhere");
    const body = { problem: 'there is no program gpioset here; "apt install gpiod" brings it along' };
    expect(await call("gpio.set", { line: "relay", on: true })).toMatchObject({ status: 501, body });
  });

  it("is told where there is no chip", async () => {
    const chip = path.join(await cleanUp.folder(), "gpiochip0");
    const { call } = await open(chip, await programsFirst(cleanUp, libgpiod(2, chip, "/dev/null")));
    const body = { problem: `this machine has no ${chip}; a container has it by --device ${chip}` };
    expect(await call("gpio.set", { line: "relay", on: true })).toMatchObject({ status: 501, body });
  });
});

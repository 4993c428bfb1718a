import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const FOLDER = path.join(ROOT, "deploy/reboot-bridge");
const UNITS = globSync("*.{mount,path,service,timer}", { cwd: FOLDER });
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

const analyze = (...args: string[]) => spawnSync("systemd-analyze", args, { cwd: FOLDER, encoding: "utf8" });
const HAS_SYSTEMD = analyze("--version").error === undefined;
if (!HAS_SYSTEMD) process.stderr.write("skipped: no systemd-analyze, so the reboot bridge is not checked\n");

const install = (...args: string[]) =>
  spawnSync("sh", [path.join(FOLDER, "install.sh"), ...args], { encoding: "utf8" });

test.skipIf(!HAS_SYSTEMD)("systemd understands each unit", () => {
  expect(UNITS).toHaveLength(4);
  const { status, stderr } = analyze("verify", ...UNITS.map((unit) => `./${unit}`));
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test.skipIf(!HAS_SYSTEMD)("what takes the request away may do next to nothing", () => {
  const { status, stdout } = analyze(
    "security",
    "--offline=true",
    "--threshold=8",
    "./hubhand-reboot.service",
  );
  // The threshold is a tenth of the figure that it prints.
  expect(status, stdout.slice(-200)).toBe(0);
});

test("the installer copies every unit", () => {
  const [, named = ""] = /^UNITS="(.*)"$/m.exec(read("deploy/reboot-bridge/install.sh")) ?? [];
  expect(named.split(" ").toSorted()).toEqual(UNITS.toSorted());
});

test("the file that the manual has the agent write is the one that is watched", () => {
  const watched = /^PathExists=(.*)$/m.exec(read("deploy/reboot-bridge/hubhand-reboot.path"))?.[1];
  const manual = read("docs/deploy/reboot-the-host.md");
  const written = [...manual.matchAll(/HUBHAND_METHODS_REBOOT_FILE(?:=|: )(\S+)/g)].map(([, file]) => file);
  expect(new Set(written)).toEqual(new Set([watched]));
});

test.each([
  { args: ["--uid"], says: "--uid wants a number" },
  { args: ["--uid", "pi"], says: 'not "pi"' },
  { args: ["--uid", "0"], says: "root, who needs no bridge" },
  { args: ["--remove"], says: "I do not know --remove" },
])("the installer refuses $args with a sentence", ({ args, says }) => {
  const { status, stderr } = install(...args);
  expect(status).toBe(1);
  expect(stderr).toContain(says);
});

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundle } from "../../../scripts/build.ts";
import {
  answers,
  canHaveImage,
  docker,
  eventually,
  expectSuccess,
  ROOT,
  run,
} from "../../container/support/engine.ts";

type Suite = "bookworm" | "trixie";

const FOLDER = path.join(ROOT, "test/deploy/systemd/machine");
/** What systemd wants to have to itself, in a container: mounts, and no filter in front of its own. */
const AS_A_MACHINE = ["seccomp", "apparmor"]
  .map((filter) => `--security-opt=${filter}=unconfined`)
  .concat("--cap-add=SYS_ADMIN");
const DO = ["run", "--rm", ...AS_A_MACHINE];
const WRITABLE = ["--security-opt=systempaths=unconfined", "--tmpfs=/run:exec", "--tmpfs=/tmp:exec"];

const imageOf = (suite: Suite): string =>
  `${process.env.CONTAINER_TEST_NAME ?? "hubhand-test"}-${suite}-${process.pid}`;

/** Builds the machine; why none can be had here, or undefined. A test that finds one removes it, by its machine. */
export async function whyNoMachine(suite: Suite): Promise<string | undefined> {
  if (!answers("docker", "info")) return "skipped: no container engine";
  if (!canHaveImage("debian:bookworm-slim")) return "skipped: no image debian:bookworm-slim";
  if (!answers("docker", ...DO, "debian:bookworm-slim", "mount", "-t", "cgroup2", "none", "/mnt"))
    return "skipped: containers may not mount here";
  const args = ["build", "--quiet", `--build-arg=SUITE=${suite}`, `--tag=${imageOf(suite)}`, FOLDER];
  const built = await run("docker", args, { timeoutMs: 300_000 });
  if (/exit code: 44\b/.test(built.stderr)) return "skipped: no mirror of Debian";
  expectSuccess("the build of the machine", built);
  return undefined;
}

export interface Machine {
  /** Runs a shell script as root, and returns what it printed; throws if it fails. */
  sh(script: string): Promise<string>;
  /** The same, whatever comes of it. */
  trySh(script: string): Promise<{ code: number; output: string }>;
  /** Asks again until the script prints this. */
  until(what: string, script: string, expected: string | RegExp): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A machine that runs the systemd of a Debian release, after whyNoMachine found that it can be. In /root lie the install script, Node in `node.tar`, and packages as
 * `npm pack` writes them: hubhand-0.1.0.tgz, as it is here, one of a version 0.1.1, and one of 0.1.2, which does not start.
 */
export async function startMachine(suite: Suite): Promise<Machine> {
  const name = imageOf(suite);
  const luggage = mkdtempSync(path.join(tmpdir(), "hubhand-machine-"));
  const remove = async (): Promise<void> => {
    rmSync(luggage, { recursive: true, force: true });
    await run("docker", ["rm", "--force", "--volumes", name]);
    // Where control groups are of version 1, those of version 2 are not the engine's to take away.
    const empty = `mount -t cgroup2 none /mnt && find /mnt/${name} -depth -type d -exec rmdir {} +`;
    await run("docker", [...DO, name, "sh", "-c", empty]);
    await run("docker", ["image", "rm", "--force", name]);
  };
  try {
    await pack(luggage);
    await docker(
      "run",
      "--detach",
      `--name=${name}`,
      `--env=GROUP=${name}`,
      "--env=container=docker",
      ...AS_A_MACHINE,
      ...WRITABLE,
      name,
    );
    await docker("cp", `${luggage}/.`, `${name}:/root/`);
  } catch (error) {
    await remove();
    throw error;
  }

  const trySh: Machine["trySh"] = async (script) => {
    const { code, stdout, stderr } = await run("docker", [
      "exec",
      name,
      "sh",
      "-c",
      `cd /root; exec 2>&1; ${script}`,
    ]);
    return { code, output: `${stdout}${stderr}`.trim() };
  };
  const machine: Machine = {
    trySh,
    remove,
    async sh(script) {
      const { code, output } = await trySh(`set -e; ${script}`);
      if (code !== 0) throw new Error(`${script}\nended with ${code}:\n${output}`);
      return output;
    },
    until: (what, script, expected) =>
      eventually(what, 30_000, async () => {
        const { output } = await trySh(script);
        if (typeof expected === "string" ? output !== expected : !expected.test(output))
          throw new Error(`${script} says: ${output}`);
      }),
  };
  await machine.until("systemd is up", "systemctl is-system-running", /^(running|degraded)$/);
  return machine;
}

/** As a release is packed, without what only those read who develop. */
async function pack(folder: string): Promise<void> {
  const stage = path.join(folder, "stage");
  mkdirSync(path.join(stage, "deploy"), { recursive: true });
  await bundle({ outdir: path.join(stage, "dist"), commit: "0123456789ab" });
  for (const each of ["package.json", "bin", "config", "deploy/systemd", "LICENSE"])
    cpSync(path.join(ROOT, each), path.join(stage, each), { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(stage, "package.json"), "utf8"));
  const packs = ["0.1.0", "0.1.1", "0.1.2"];
  for (const version of packs) {
    writeFileSync(path.join(stage, "package.json"), JSON.stringify({ ...manifest, version }, null, 2));
    if (version === "0.1.2")
      writeFileSync(path.join(stage, "dist/main.js"), 'throw new Error("0.1.2 is broken");');
    // npm itself takes seconds for each; what it writes is this.
    await must("tar", [
      "--use-compress-program=gzip -1",
      "-cf",
      `${folder}/hubhand-${version}.tgz`,
      "--exclude=*.map",
      "--transform=s,^\\.,package,",
      "-C",
      stage,
      ".",
    ]);
  }
  cpSync(path.join(ROOT, "deploy/systemd/install.sh"), path.join(folder, "install.sh"));
  await must("tar", [
    "-chf",
    `${folder}/node.tar`,
    "--transform=s,^.*/bin/,node/bin/,",
    "-C",
    "/",
    process.execPath.slice(1),
  ]);
  rmSync(stage, { recursive: true });
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

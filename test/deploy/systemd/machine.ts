import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundle } from "../../../scripts/build.ts";
import { answers, canHaveImage, docker, eventually, ROOT, run } from "../../container/support/engine.ts";

const FOLDER = path.join(ROOT, "test/deploy/systemd/machine");
/** What systemd wants to have to itself, in a container: mounts, and no filter in front of its own. */
const AS_A_MACHINE = ["seccomp", "apparmor"]
  .map((filter) => `--security-opt=${filter}=unconfined`)
  .concat("--cap-add=SYS_ADMIN");
const WRITABLE = ["--security-opt=systempaths=unconfined", "--tmpfs=/run:exec", "--tmpfs=/tmp:exec"];

/** Why no machine can be made here; undefined if one can. */
export function whyNoMachine(): string | undefined {
  if (!answers("docker", "info")) return "skipped: no container engine";
  if (!canHaveImage("debian:bookworm-slim")) return "skipped: no image debian:bookworm-slim";
  const update = "apt-get -qq -o APT::Update::Error-Mode=any -o Acquire::http::Timeout=20 update";
  const script = `mount -t cgroup2 none /mnt || exit 3; ${update} || exit 4`;
  try {
    const args = ["run", "--rm", ...AS_A_MACHINE, "debian:bookworm-slim", "sh", "-c", script];
    execFileSync("docker", args, { stdio: "ignore", timeout: 120_000 });
  } catch (error) {
    const { status } = error as { status?: number };
    return status === 4 ? "skipped: no mirror of Debian" : "skipped: containers may not mount here";
  }
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
 * A machine that runs the systemd of a Debian release. In /root lie the install script, Node in `node.tar`, and packages as
 * `npm pack` writes them: hubhand-0.1.0.tgz, as it is here, one of a version 0.1.1, and one of 0.1.2, which does not start.
 */
export async function startMachine(suite: "bookworm" | "trixie"): Promise<Machine> {
  const name = `${process.env.CONTAINER_TEST_NAME ?? "hubhand-test"}-${suite}-${randomBytes(4).toString("hex")}`;
  const luggage = mkdtempSync(path.join(tmpdir(), "hubhand-machine-"));
  const remove = async (): Promise<void> => {
    rmSync(luggage, { recursive: true, force: true });
    await run("docker", ["rm", "--force", "--volumes", name]);
    // Where control groups are of version 1, those of version 2 are not the engine's to take away.
    const empty = `mount -t cgroup2 none /mnt && find /mnt/${name} -depth -type d -exec rmdir {} +`;
    await run("docker", ["run", "--rm", ...AS_A_MACHINE, name, "sh", "-c", empty]);
    await run("docker", ["image", "rm", "--force", name]);
  };
  try {
    await Promise.all([
      docker("build", "--quiet", `--build-arg=SUITE=${suite}`, `--tag=${name}`, FOLDER),
      pack(luggage),
    ]);
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
      "-czf",
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

import { docker } from "../../test/container/support/engine.ts";

export interface SmallContainer {
  readonly id: string;
  /** Of its first process. */
  readonly pid: number;
  /** What the engine knows of its end: exit code, and whether the kernel ended it for want of memory. */
  state(): Promise<{ running: boolean; exitCode: number; outOfMemory: boolean; health: string }>;
  log(): Promise<string>;
  /** Asks it to stop, and takes it away. */
  remove(): Promise<void>;
}

export interface ContainerOptions {
  readonly image: string;
  /** Megabytes (2^20), as docker reads `64m`; swap is none. */
  readonly memory: number;
  readonly env: Readonly<Record<string, string>>;
  /** Folder or file of this machine by its place in the container. */
  readonly mounts: Readonly<Record<string, string>>;
}

/** The image as a user runs it, on this machine's own network. */
export async function startContainer(options: ContainerOptions): Promise<SmallContainer> {
  const { image, memory, env, mounts } = options;
  const id = await docker(
    ...["run", "--detach", "--network=host", `--memory=${memory}m`, `--memory-swap=${memory}m`],
    ...Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
    ...Object.entries(mounts).map(([place, own]) => `--volume=${own}:${place}:ro`),
    image,
  );
  return {
    id,
    pid: Number(await docker("inspect", "--format={{.State.Pid}}", id)),
    async state() {
      const state = JSON.parse(await docker("inspect", "--format={{json .State}}", id));
      return {
        running: state.Running,
        exitCode: state.ExitCode,
        outOfMemory: state.OOMKilled,
        health: state.Health?.Status ?? "none",
      };
    },
    log: () => docker("logs", id),
    async remove() {
      await docker("stop", "--time=30", id).catch(() => {});
      await docker("rm", "--force", "--volumes", id);
    },
  };
}

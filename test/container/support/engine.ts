import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** What the images of this project stand on. */
const BASE_IMAGE = "node:24-bookworm-slim";
const PULL_LIMIT_MS = 120_000;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/** Runs a program in the checkout, to its end; whatever that is, it is returned. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { env = {}, timeoutMs = 60_000 } = options;
  const settings = {
    cwd: ROOT,
    env: { ...process.env, DOCKER_BUILDKIT: "1", COMPOSE_DOCKER_CLI_BUILD: "1", ...env },
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  };
  return new Promise((resolve) => {
    execFile(command, args, settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs docker, and returns what it printed. */
export async function docker(...args: string[]): Promise<string> {
  return expectSuccess(`docker ${args.join(" ")}`, await run("docker", args, { timeoutMs: 300_000 }));
}

export function expectSuccess(what: string, { code, stdout, stderr }: Ended): string {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout.trim();
}

/** Why containers cannot be tried on this machine; undefined if they can. */
export function whyNoContainers(): string | undefined {
  if (!answers("docker", "info")) return "skipped: no container engine";
  if (canHaveImage(BASE_IMAGE)) return undefined;
  return `skipped: no container engine that has ${BASE_IMAGE}, or can pull it`;
}

/** Whether the engine has an image, or could get it. */
export const canHaveImage = (name: string): boolean =>
  answers("docker", "image", "inspect", name) || answers("docker", "pull", "--quiet", name);

export function answers(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: PULL_LIMIT_MS });
    return true;
  } catch {
    return false;
  }
}

/** Asks again until the answer is there; rejects with the last failure when the time is over. */
export async function eventually<T>(what: string, limitMs: number, ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`not within ${limitMs} ms: ${what}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

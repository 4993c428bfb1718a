import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type HubhandProcess, startHubhand } from "../../support/agent/hubhand-process.ts";
import type { CleanUp } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { type AgentUnderTest, agentEnvironment, CHAOS_PLUGINS, type StartOptions } from "./agent.ts";

/** An agent in a process of its own, to which things can be done that a process cannot do to itself. */
export interface ProcessAgent extends AgentUnderTest {
  /** The process stands still, as under a debugger, in a frozen container, or when a laptop's lid is closed. */
  pause(): void;
  resume(): void;
  /** Sets its clock so many milliseconds before (negative) or after ours; durations are measured as ever. */
  setClock(ahead: number): Promise<void>;
}

export interface ProcessOptions extends StartOptions {
  /** A command that runs the agent: see `startHubhand`. */
  readonly before?: readonly string[];
}

const SHIFTED_CLOCK = new URL("../fixtures/shifted-clock.ts", import.meta.url);

export async function startAgentProcess(cleanUp: CleanUp, options: ProcessOptions): Promise<ProcessAgent> {
  const offsetFile = join(await cleanUp.folder(), "offset");
  const process = startHubhand(
    ["run"],
    {
      ...agentEnvironment(options),
      NODE_OPTIONS: `--import=${SHIFTED_CLOCK.href} ${options.config?.NODE_OPTIONS ?? ""}`,
      CHAOS_CLOCK_OFFSET_FILE: offsetFile,
      HUBHAND_LOG_LEVEL: "debug",
    },
    CHAOS_PLUGINS,
    options.before,
  );
  cleanUp.add(async () => {
    process.kill("SIGKILL");
    await process.exited;
  });
  const { url } = await process.line("the agent listens", (line) => typeof line.url === "string");

  return {
    url: String(url),
    lines: process.lines,
    pause: () => process.kill("SIGSTOP"),
    resume: () => process.kill("SIGCONT"),
    async setClock(ahead) {
      await writeFile(offsetFile, String(ahead));
      process.kill("SIGUSR2");
      await waitUntil("its clock is set", () => !existsSync(offsetFile));
    },
    stop: () => stop(process),
  };
}

async function stop(process: HubhandProcess): Promise<void> {
  process.kill("SIGTERM");
  const code = await process.exited;
  if (code !== 0) throw new Error(`the agent ended with ${code}: ${process.errors()}\n${process.output()}`);
  if (process.errors() !== "") throw new Error(`the agent wrote to standard error: ${process.errors()}`);
}

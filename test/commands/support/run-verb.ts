import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { VerbIo } from "../../../src/commands/back-end/verb-io.ts";
import { messageOf } from "../../../src/errors.ts";
import {
  type LocalHub,
  type LocalHubEvent,
  type LocalHubOptions,
  startLocalHub,
} from "../../../src/local-hub/index.ts";
import type { CleanUp } from "../../support/clean-up.ts";

export interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

/** Runs a verb in this process, until its end; its exit status is as the executable would give it. */
export async function runVerb(
  makeCommand: (io: Partial<VerbIo>) => Command,
  args: readonly string[],
  io: Partial<VerbIo> = {},
): Promise<Outcome> {
  let output = "";
  let errors = "";
  let exitCode = 0;
  const command = makeCommand({
    env: {},
    cwd: "/",
    isTerminal: false,
    columns: () => 80,
    listenForStop: () => new AbortController().signal,
    // What is waited for is the hub, and it is near.
    sleep: () => new Promise((resolve) => setTimeout(resolve, 5)),
    ...io,
    write(chunk) {
      output += chunk;
      io.write?.(chunk);
    },
    writeError(chunk) {
      errors += chunk;
      io.writeError?.(chunk);
    },
    setExitCode: (code) => {
      exitCode = code;
    },
  })
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        errors += text;
      },
    });
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    errors += messageOf(error);
    exitCode = "exitCode" in (error as object) ? (error as { exitCode: number }).exitCode : 70;
  }
  return { output, errors, exitCode };
}

export const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

export interface HubScene {
  readonly hub: LocalHub;
  readonly events: readonly LocalHubEvent[];
  /** Flags that every verb needs for this hub. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A hub with these devices, for all tests of a file. */
export async function startHubScene(
  cleanUp: CleanUp,
  { devices, ...options }: LocalHubOptions & { devices: readonly string[] },
): Promise<HubScene> {
  const events: LocalHubEvent[] = [];
  const hub = await startLocalHub({ ...options, log: (event) => void events.push(event) });
  cleanUp.add(() => hub.stop());
  for (const deviceId of devices) await hub.registry.create({ deviceId });
  const caFile = join(await cleanUp.folder(), "ca.pem");
  await writeFile(caFile, hub.ca);
  return {
    hub,
    events,
    flags: ["--ca-file", caFile],
    env: { IOTHUB_CONNECTION_STRING: hub.serviceConnectionString },
  };
}

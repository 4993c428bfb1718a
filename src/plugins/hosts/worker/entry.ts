/**
 * What runs in a plugin's thread or process: imports the one file and does what the agent asks. It loads nothing that it
 * can do without, since each plugin pays for it; what is checked is checked by the agent.
 */
import { readlinkSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setPriority } from "node:os";
import { pathToFileURL } from "node:url";
import { cut } from "../../../cut.ts";
import type { PluginDefinition } from "../../define-plugin.ts";
import { importProblem } from "../../import-problem.ts";
import { provideOwnApi } from "../../resolve-hook.ts";
import { createAllowance } from "../allowance.ts";
import { openChannel } from "./inside/channel.ts";
import { collectGarbage } from "./inside/collect.ts";
import { describeDefinition } from "./inside/describe-definition.ts";
import { createRemoteLog } from "./inside/remote-log.ts";
import { runPlugin } from "./inside/run-plugin.ts";
import { stripElsewhere } from "./inside/strip-elsewhere.ts";
import { takeOutput } from "./inside/take-output.ts";
import { describeThrown } from "./inside/thrown.ts";
import type { ToPlugin } from "./protocol.ts";

/** From -20 to 19; the agent has 0, if nobody said otherwise. */
const NICE = 10;
/** An error's message may be of any length; this much tells an author what is wrong. */
const LONGEST_PROBLEM = 4_000;

yieldToAgent();
const { file, post, listen } = openChannel();
const allowance = createAllowance({
  now: performance.now.bind(performance),
  setTimer: (milliseconds, fire) => void setTimeout(fire, milliseconds).unref(),
  tell: (lines) => post({ type: "dropped", lines }),
});
const log = createRemoteLog({ post, allowance });
takeOutput({ post, allowance });
syncBuiltinESMExports();

// What a plugin throws where nobody catches it is its own affair: it goes on, as it would in the agent's thread.
for (const kind of ["uncaughtException", "unhandledRejection"]) {
  process.on(kind, (error: unknown) => {
    if (allowance.take()) post({ type: "uncaught", kind, thrown: describeThrown(error) });
  });
}

let perform: (message: ToPlugin) => void = () => {};
listen((message) => {
  if (message.type === "ask") post({ type: "alive" });
  else if (message.type === "collect") collectGarbage();
  else perform(message);
});
provideOwnApi();
post({ type: "booted", thread: threadOfSystem() });
try {
  await stripElsewhere({ memory: process.constrainedMemory() });
  const { default: exported } = (await import(pathToFileURL(file).href)) as { default?: unknown };
  const definition = describeDefinition(exported);
  // Not a plugin? The agent says so, and ends this.
  perform = runPlugin({ definition: (exported ?? {}) as PluginDefinition, post, log });
  post({ type: "imported", definition });
} catch (error) {
  const problem = cut(await importProblem(file, error), LONGEST_PROBLEM);
  post({ type: "import-failed", problem, thrown: describeThrown(error) });
}

/**
 * Calls of others must be answered while this one computes: on a busy machine the agent's thread comes first. On Linux the
 * priority of 0 is that of the calling thread (setpriority(2)), elsewhere that of the whole process.
 */
function yieldToAgent(): void {
  try {
    if (process.platform === "linux") setPriority(NICE);
  } catch {
    // Not allowed here: then it is as important as the agent.
  }
}

/** Linux tells a thread who it is; the agent finds what it has started by that. */
function threadOfSystem(): string | undefined {
  try {
    return readlinkSync("/proc/thread-self");
  } catch {
    return undefined;
  }
}

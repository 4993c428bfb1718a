import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { type Clock, waitAtMost } from "../../../clock.ts";
import type { CommandDeclaration } from "../../declaration/declaration.ts";
import { scrubbedEnvironment } from "../environment.ts";
import { type ProcessGroups, signalGroup } from "../groups.ts";
import { endFirst, giveWay } from "../stand-back.ts";
import type { Account } from "./accounts.ts";
import { MARK } from "./escaped.ts";
import { endOf, spawnProblem } from "./spawn-problem.ts";

/** How long a program that was asked to end (SIGTERM) may take before it is made to (SIGKILL). */
const TERM_GRACE_MS = 600;
/** What a program wrote before its end is there at once; what holds its pipes open afterwards is not waited for. */
export const READ_GRACE_MS = 250;

/** What all programs of one plugin have in common. */
export interface ChildSettings {
  readonly declaration: CommandDeclaration;
  readonly account: Account;
  /** The agent's own environment; little of it is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly groups: ProcessGroups;
  readonly clock: Clock;
}

export interface Ended {
  /** For a person: `it exited with 3`. */
  readonly why: string;
  readonly ok: boolean;
}

/** A program that was started for a plugin, with all that it starts itself. */
export interface Child {
  /** What all that it starts carries in its environment. */
  readonly mark: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** What it may read on file descriptor 3; undefined if that was not asked for. */
  readonly context: Writable | undefined;
  /** Resolves when the program itself has ended, or could not be started; the rest of its group is killed then. */
  readonly ended: Promise<Ended>;
  /** Asks the whole group to end, then makes it; resolves when it is gone, as far as that can be had. */
  end(): Promise<void>;
  /** Makes it end at once. */
  kill(): Promise<void>;
}

/**
 * Starts a program without a shell, in a process group of its own and with an environment that holds nothing of the
 * agent's. Never throws: what is wrong is how it ended.
 * @param variables besides the declared ones: what the call is
 */
export function startChild(
  { declaration, account, env, groups, clock }: ChildSettings,
  { variables, withContext = false }: { variables: Readonly<Record<string, string>>; withContext?: boolean },
): Child {
  const [program, ...args] = declaration.command;
  const mark = randomBytes(9).toString("hex");
  const ended = Promise.withResolvers<Ended>();
  let hasEnded = false;
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd: declaration.directory,
      env: scrubbedEnvironment(env, {
        ...account.environment,
        ...declaration.environment,
        ...variables,
        HUBHAND_PLUGIN: declaration.name,
        [MARK]: mark,
      }),
      detached: true,
      stdio: withContext ? ["pipe", "pipe", "pipe", "pipe"] : ["pipe", "pipe", "pipe"],
      ...(account.uid === undefined ? {} : { uid: account.uid }),
      ...(account.gid === undefined ? {} : { gid: account.gid }),
    });
  } catch (error) {
    // What spawn throws instead of telling it later: EACCES and the like of some platforms.
    return neverStarted(spawnProblem(error as NodeJS.ErrnoException, program));
  }
  const { pid, stdin, stdout, stderr } = child;
  const context = withContext ? (child.stdio[3] as Writable) : undefined;
  if (stdin === null || stdout === null || stderr === null) return neverStarted(`${program} has no pipes`);
  // One that does not read, or is gone: that shows in how it ends.
  for (const stream of [stdin, context]) stream?.on("error", () => {});
  if (pid !== undefined) {
    groups.add(pid, mark);
    giveWay(pid);
    void endFirst(pid);
  }

  child.once("error", (error) => {
    if (child.pid === undefined) ended.resolve({ why: spawnProblem(error, program), ok: false });
  });
  child.once("exit", (code, signal) => {
    if (pid !== undefined) {
      signalGroup(pid, "SIGKILL");
      groups.remove(pid);
    }
    hasEnded = true;
    ended.resolve({ why: endOf(code, signal), ok: code === 0 });
  });

  /** After its end the number may be another's. */
  function signal(name: NodeJS.Signals): void {
    if (pid !== undefined && !hasEnded) signalGroup(pid, name);
  }

  async function kill(): Promise<void> {
    if (pid === undefined) return;
    signal("SIGKILL");
    await groups.endEscaped([mark]);
    await waitAtMost(ended.promise, TERM_GRACE_MS, clock);
  }

  return {
    mark,
    stdin,
    stdout,
    stderr,
    context,
    ended: ended.promise,
    kill,
    async end() {
      if (pid === undefined) return;
      signal("SIGTERM");
      await waitAtMost(ended.promise, TERM_GRACE_MS, clock);
      await kill();
    },
  };
}

function neverStarted(why: string): Child {
  const nothing = new PassThrough();
  nothing.end();
  nothing.resume();
  return {
    mark: "",
    stdin: new PassThrough().resume(),
    stdout: nothing,
    stderr: nothing,
    context: undefined,
    ended: Promise.resolve({ why, ok: false }),
    end: async () => {},
    kill: async () => {},
  };
}

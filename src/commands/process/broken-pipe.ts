/** What a shell says of a program that SIGPIPE ended; Node ignores that signal. */
const BROKEN_PIPE_EXIT = 141;

/**
 * From now on the process ends when nobody reads what it writes: `| head` has seen enough. That is no success of what
 * was asked for.
 */
export function endWithItsReader({
  stdout,
  stderr,
  exit,
}: Pick<NodeJS.Process, "stdout" | "stderr" | "exit">): void {
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") exit(BROKEN_PIPE_EXIT);
      throw error;
    });
  }
}

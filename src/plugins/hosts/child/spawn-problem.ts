/** Why a program did not start, for the author of the plugin. */
export function spawnProblem({ code, message }: NodeJS.ErrnoException, program: string): string {
  switch (code) {
    case "ENOENT":
      return `${program} cannot be started: it is gone, or its first line (#!) names a program that is not there`;
    case "EACCES":
      return `${program} may not be run by the agent's user: chmod +x ${program}`;
    case "ENOEXEC":
      return `${program} is nothing that this machine can run: a script needs a first line such as #!/bin/sh, a program the processor that it was built for`;
    case "EPERM":
      return `the agent may not start ${program} as the user or group that is declared`;
    case "E2BIG":
      return `${program} was given more in arguments and environment than the system takes`;
    case "EAGAIN":
    case "ENOMEM":
      return `the system has no room for another process (${code})`;
    default:
      return `${program} cannot be started: ${code ?? message}`;
  }
}

/** How a program ended, for a person: `it exited with 3`. */
export const endOf = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `it exited with ${code}` : `it was ended by ${signal}`;

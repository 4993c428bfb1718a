import type { Environment } from "../config/index.ts";
import { timezoneProblem } from "../rules/cron-problems.ts";
import { type Check, fatal, ok, warning } from "./check.ts";
import type { Subject } from "./subject.ts";

export function configurationCheck(subject: Subject, env: Environment): Check {
  return {
    id: "configuration",
    description: "The configuration",
    run() {
      const problem = subject.configProblem();
      if (problem !== undefined)
        return fatal(problem, "Correct it; `hubhand config` shows what is in force, and where from.");
      const { warnings, values } = subject.config();
      const zone = values.schedule.timezone === null ? zoneProblem(env) : undefined;
      const told = [...warnings, ...(zone === undefined ? [] : [zone])];
      return told.length === 0
        ? ok("it can be used")
        : warning(told.join("\n"), "hubhand goes on without; correct it if it was meant for hubhand.");
    },
  };
}

/**
 * Of TZ Node takes names of zones; of a misspelt one, and of most other forms of POSIX (`CET-1CEST`, `:/etc/localtime`), it makes
 * UTC without a word (seen with Node 24.21).
 * Whoever writes UTC means it.
 */
function zoneProblem({ TZ: written = "" }: Environment): string | undefined {
  const name = written.replace(/^:/, "");
  if (name === "" || /^(?:UTC|GMT)/i.test(name) || timezoneProblem(name) === undefined) return undefined;
  return `TZ is ${JSON.stringify(written)}, of which Node may make UTC: tasks by cron then run at other times; expected an IANA name like "Europe/Berlin", or set schedule.timezone`;
}

import { type Check, fatal, ok, warning } from "./check.ts";
import type { Subject } from "./subject.ts";

export function configurationCheck(subject: Subject): Check {
  return {
    id: "configuration",
    description: "The configuration",
    run() {
      const problem = subject.configProblem();
      if (problem !== undefined)
        return fatal(problem, "Correct it; `hubhand config` shows what is in force, and where from.");
      const { warnings } = subject.config();
      return warnings.length === 0
        ? ok("it can be used")
        : warning(warnings.join("\n"), "hubhand goes on without; correct it if it was meant for hubhand.");
    },
  };
}

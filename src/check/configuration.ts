import { type Check, fatal, ok } from "./check.ts";
import type { Subject } from "./subject.ts";

export function configurationCheck(subject: Subject): Check {
  return {
    id: "configuration",
    description: "The configuration",
    run() {
      const problem = subject.configProblem();
      return problem === undefined
        ? ok("it can be used")
        : fatal(problem, "Correct it; `hubhand config` shows what is in force, and where from.");
    },
  };
}

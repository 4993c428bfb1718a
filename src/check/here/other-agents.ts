import { type Check, ok, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import { whoListens } from "./listening.ts";
import { runningAgent } from "./running-agent.ts";

/**
 * Whether another agent runs on the state folder, by the process id that the last one wrote there: no two can share it. One in
 * another container, or on another machine, is not seen.
 * @param isInside the agent itself asks: it would find itself
 */
export function otherAgentsCheck(subject: Subject, isInside: boolean): Check {
  return {
    id: "other-agents",
    description: "Who has that folder",
    async run() {
      const { observe } = subject.config().values;
      const pid = await runningAgent(subject);
      const alone = isInside ? "this agent alone" : "nobody, as far as can be seen from here";
      if (pid === undefined) return ok(alone);
      if (isInside)
        return warning(
          `process ${pid}, an agent too, has started on it since: no two can share it`,
          "End one of them, or give each its own state.directory.",
        );
      const { host, port } = observe;
      if (port === 0 || (await whoListens(host, port)) === "hubhand")
        return ok(`the agent that runs, process ${pid}`);
      return warning(
        `process ${pid}, an agent that is not the one of ${host}:${port}: no two can share it`,
        "End it before you start another here, or set state.directory. If it is the agent that you mean, give check the flags, files and variables that it runs with.",
      );
    },
  };
}

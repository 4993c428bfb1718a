import { printDuration } from "../durations.ts";
import { checkTasks } from "../rules/written-tasks.ts";
import { accessProblems } from "./access-problems.ts";
import type { Entry } from "./secrets.ts";

const BACKOFF_CLASSES = ["network", "refused", "unauthorized", "conflict"];

/** Values that each fit, but not together. */
export function rangeProblems(settled: ReadonlyMap<string, Entry>): string[] {
  return [
    ...backoffProblems(settled),
    ...rebootProblems(settled),
    ...taskProblems(settled),
    ...accessProblems(settled),
  ];
}

/** Tasks of the device's own whose parts come from several sources. */
function taskProblems(settled: ReadonlyMap<string, Entry>): string[] {
  const tasks = settled.get("schedule.tasks");
  const problem = tasks && checkTasks(tasks.value);
  return problem === undefined ? [] : [`schedule.tasks: ${tasks?.origin}: ${problem}. Correct it.`];
}

function rebootProblems(settled: ReadonlyMap<string, Entry>): string[] {
  const reboot = settled.get("methods.builtIn.reboot");
  if (reboot?.value !== true || settled.get("methods.rebootFile")?.value !== null) return [];
  return [
    `methods.builtIn.reboot: it is true (${reboot.origin}), and there is no methods.rebootFile to ask the host with. Set that too.`,
  ];
}

/** A first wait that is over the longest one. */
function backoffProblems(settled: ReadonlyMap<string, Entry>): string[] {
  return BACKOFF_CLASSES.flatMap((name) => {
    const base = settled.get(`link.backoff.${name}Base`);
    const max = settled.get(`link.backoff.${name}Max`);
    if (!base || !max || Number(base.value) <= Number(max.value)) return [];
    const [first, longest] = [base, max].map(
      ({ value, origin }) => `${printDuration(Number(value))} (${origin})`,
    );
    return [
      `${base.key.name}: ${first} is over ${max.key.name}, ${longest}. Lower the one or raise the other.`,
    ];
  });
}

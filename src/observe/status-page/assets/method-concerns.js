// @ts-check
import { counted, words } from "./format.js";

/** @import { MethodSection, RecentCall, StatusSnapshot } from "../snapshot.ts" */
/** @import { Concern } from "./attention.js" */

const LATELY = 600_000;

/** So many are told one by one: a list of all would be the section of methods once more. */
const MOST = 5;

/** Where it is the caller who was wrong, nobody beside the device can mend it. */
const CALLERS_FAULT = [
  "payload_invalid",
  "method_not_found",
  "task_unknown",
  "plugin_unknown",
  "job_unknown",
  "job_over",
];

/**
 * Methods of which half of the latest calls or more failed in the last ten minutes. Those of a plugin that is down
 * are not among them: the plugin is told.
 * @param {StatusSnapshot} snapshot
 * @param {number} now by the device's clock
 * @returns {Concern[]}
 */
export function methodConcerns({ methods, calls, plugins }, now) {
  const down = plugins.filter(({ up }) => !up).map(({ name }) => name);
  const concerns = methods
    .filter(({ plugin }) => !down.includes(plugin))
    .flatMap((method) => concernOf(method, calls, now));
  const rest = concerns.length - MOST;
  if (rest <= 0) return concerns;
  /** @type {Concern} */
  const others = {
    id: "methods",
    tone: "warn",
    title: `${counted(rest, "more method fails", "more methods fail")}`,
    text: "Sort the methods by errors to see which.",
    where: "methods",
  };
  return [...concerns.slice(0, MOST), others];
}

/** @param {MethodSection} method @param {readonly RecentCall[]} calls @param {number} now @returns {Concern[]} */
function concernOf({ name, lastError }, calls, now) {
  if (lastError === undefined || now - Date.parse(lastError.at) > LATELY) return [];
  const latest = calls.filter(({ method, at }) => method === name && now - Date.parse(at) <= LATELY);
  const failed = latest.filter(({ outcome }) => outcome !== "ok" && !CALLERS_FAULT.includes(outcome));
  if (failed.length === 0 || failed.length * 2 < latest.length) return [];
  const many =
    latest.length === 1 ? "Its latest call" : `${failed.length} of its latest ${latest.length} calls`;
  const last = `${lastError.status}, ${words(lastError.outcome)}. ${lastError.text}`;
  return [
    {
      id: `method-${name}`,
      tone: "warn",
      title: `Method ${name} fails`,
      text: `${many} failed: ${last}`,
      where: "methods",
    },
  ];
}

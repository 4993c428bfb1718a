import type { Results } from "../results.ts";
import { ratioOf } from "../summary.ts";

/** What the README says of the page, in a sentence. */
export function inShort(results: Results): string {
  const times = (key: string): string => {
    const ratio = ratioOf(results, key);
    return ratio === undefined ? "(not measured)" : `×${ratio.toFixed(2)}`;
  };
  return [
    "Beside the bare sample of Microsoft's SDK on the same Node, a call that hubhand checks, limits, logs and counts takes",
    `${times("calls.1.p50")} of the time one at a time, and ${times("calls.64.cpu")} of the processor time with 64 in flight;`,
    `the first call after a start is answered in ${times("start.answered")} of the time, and after some thousands`,
    `${times("after.resident")} of the memory is resident: [performance](docs/performance.md).`,
  ].join(" ");
}

import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { after, type Check, type CheckResult, type Finding, skipped, Unmet, warning } from "./check.ts";

export interface RunLimits {
  /** How long each may take, in milliseconds. */
  readonly limit: number;
  readonly clock: Clock;
}

/** Runs all checks at once, each within its time; the results are in the order of the checks. Never rejects. */
export async function runChecks(checks: readonly Check[], limits: RunLimits): Promise<CheckResult[]> {
  const results = await Promise.all(
    checks.map(async (check): Promise<CheckResult> => {
      const { id, description } = check;
      return { id, description, ...(await runOne(check, limits)) };
    }),
  );
  return results.map((result) => blamingRoot(result, results));
}

/** What was skipped for one that was skipped itself was so for that one's reason: a reader wants to know where to begin. */
function blamingRoot(result: CheckResult, results: readonly CheckResult[]): CheckResult {
  let { because } = result;
  for (let step = 0; because !== undefined && step < results.length; step += 1) {
    const next = results.find(({ id }) => id === because)?.because;
    if (next === undefined) break;
    because = next;
  }
  if (because === undefined || because === result.because) return result;
  return { ...result, because, detail: after(because).message };
}

/** What it throws at once is a rejection too. */
const run = async (check: Check, signal: AbortSignal): Promise<Finding> => check.run(signal);

async function runOne(check: Check, { limit, clock }: RunLimits): Promise<Finding> {
  const over = new AbortController();
  const late = Promise.withResolvers<Finding>();
  const cancel = clock.setTimer(limit, () => {
    late.resolve(warning(`it took longer than ${limit / 1000} s`, "Try again; the machine may be busy."));
    over.abort();
  });
  const found = run(check, over.signal).catch((error: unknown) =>
    error instanceof Unmet
      ? skipped(error.message, error.because)
      : warning(`it could not be checked: ${messageOf(error)}`, "If it is not clear why, report it."),
  );
  try {
    return await Promise.race([found, late.promise]);
  } finally {
    cancel();
  }
}

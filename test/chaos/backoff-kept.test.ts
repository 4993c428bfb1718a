import { expect, test } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { startAgentHere } from "./support/agent.ts";
import { openLocalScene } from "./support/local-scene.ts";
import { readiness } from "./support/look.ts";
import { failuresIn } from "./support/truth.ts";

const cleanUp = cleanUpAfterEach();

/** What a timer may be late, as a rule, on a machine that is busy; and early, always, by rounding. Milliseconds. */
const LATE = 500;
const EARLY = 5;

test("the wait that the log tells is the wait that is kept, and the next attempt follows it", async () => {
  const scene = await openLocalScene({ cleanUp, start: startAgentHere });
  cleanUp.add(() => scene.close());
  const { proxy } = scene;
  await scene.startAgent({
    HUBHAND_LINK_BACKOFF_NETWORK_BASE: "600ms",
    HUBHAND_LINK_BACKOFF_NETWORK_MAX: "1200ms",
  });
  const { agent } = scene;
  await waitUntil("it is online", async () => (await readiness(agent)).status === 200);
  proxy.rules = { accept: "close" };
  proxy.cut("close");
  await waitUntil("some attempts failed", () => proxy.accepted.length > 6);
  await agent.stop();

  const failures = failuresIn(agent.lines());
  expect(failures.length).toBeGreaterThan(2);
  const lateness = failures.flatMap(({ time, retryInMs }, index) => {
    // Every connection so far has failed once.
    const next = proxy.accepted[index + 1];
    // The last one: the agent was stopped in that wait.
    return next === undefined ? [] : [next - Date.parse(String(time)) - Number(retryInMs)];
  });
  expect(Math.min(...lateness)).toBeGreaterThanOrEqual(-EARLY);
  const median = lateness.sort((a, b) => a - b)[Math.floor(lateness.length / 2)];
  expect(median, lateness.join(", ")).toBeLessThanOrEqual(LATE);
});

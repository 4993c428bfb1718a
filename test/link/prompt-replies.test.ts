import { expect, it } from "vitest";
import type { SendReply } from "../../src/link/link.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { methodCaller } from "../support/hub/call-method.ts";
import { hubOn, linkTo, unexpectedly } from "./support/link-on-hub.ts";

const cleanUp = cleanUpAfterEach();

const PAIRS = 40;
const SOON_MS = 3;
/** So long a system waits before it acknowledges a packet that it has nothing to say to (Linux). */
const DELAYED_ACKNOWLEDGEMENT_MS = 40;

it("a reply does not wait until the hub has acknowledged the one before", async () => {
  const hub = await hubOn(cleanUp);
  const waiting: SendReply[] = [];
  const { link, reaches } = linkTo(cleanUp, hub, {
    onCall(_call, reply) {
      waiting.push(reply);
      if (waiting.length < 2) return;
      const [first, second] = waiting.splice(0);
      first?.(200, '"first"', unexpectedly);
      setTimeout(() => second?.(200, '"soon after"', unexpectedly), SOON_MS);
    },
  });
  link.start();
  await reaches("online");
  const call = await methodCaller(hub);

  const durations: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const began = performance.now();
    await Promise.all([call("pi-1", { methodName: "any" }), call("pi-1", { methodName: "any" })]);
    durations.push(performance.now() - began);
  }
  // Of replies that wait, none is quicker, but the first few: they are acknowledged at once, as on any new connection.
  // Of those that do not wait, most are slower on a machine that is busy enough; not three in four.
  const quarter = durations.sort((a, b) => a - b)[PAIRS / 4];
  expect(quarter, durations.map(Math.round).join(", ")).toBeLessThan(DELAYED_ACKNOWLEDGEMENT_MS);
});

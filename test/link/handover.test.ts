import { describe, expect, it } from "vitest";
import type { SendReply } from "../../src/link/link.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod, methodCaller } from "../support/hub/call-method.ts";
import { hubOn, linkTo, unexpectedly } from "./support/link-on-hub.ts";

import { SHORT_TOKEN } from "./support/short-token.ts";

const cleanUp = cleanUpAfterEach();

describe("a session whose token will end", () => {
  it("hands over to the next one without a call that goes unanswered, or that finds the device offline", async () => {
    const hub = await hubOn(cleanUp);
    const { link, reaches, sessions, failures } = linkTo(cleanUp, hub, SHORT_TOKEN);
    link.start();
    await reaches("online");
    const call = await methodCaller(hub);
    let done = false;
    const results = new Map<string, number>();
    const caller = async (): Promise<void> => {
      while (!done) {
        const answer = await call("pi-1", { methodName: "any", connectTimeoutInSeconds: 5 }).then(
          ({ status }) => String(status),
          (error: Error) => error.message,
        );
        results.set(answer, (results.get(answer) ?? 0) + 1);
      }
    };
    const callers = [caller(), caller(), caller(), caller()];
    await sessions(4);
    done = true;
    await Promise.all(callers);
    expect([...results.keys()]).toEqual(["200"]);
    expect(await failures("lost", "network", "refused", "unauthorized", "conflict")).toBe(0);
  });

  it("waits for a call in flight", async () => {
    const hub = await hubOn(cleanUp);
    const called = Promise.withResolvers<SendReply>();
    const settled = Promise.withResolvers<void>();
    const { link, reaches, sessions } = linkTo(cleanUp, hub, {
      ...SHORT_TOKEN,
      onCall: (_call, reply) => called.resolve(reply),
      idle: () => settled.promise,
    });
    link.start();
    await reaches("online");
    const answer = callMethod(hub, "pi-1", { methodName: "slow" });
    const reply = await called.promise;
    reply(200, '"answered"', unexpectedly);
    expect(await answer).toEqual({ status: 200, payload: "answered" });
    settled.resolve();
    await sessions(2);
  });
});

describe("a hub that lost the subscription of a living connection", () => {
  it("is noticed, and answers again, as it is asked now and then", async () => {
    const hub = await hubOn(cleanUp);
    const { link, reaches } = linkTo(cleanUp, hub, { subscriptionCheck: 200 });
    link.start();
    await reaches("online");
    await hub.forgetSession("pi-1");
    expect(await callMethod(hub, "pi-1", { methodName: "any", connectTimeoutInSeconds: 10 })).toMatchObject({
      status: 200,
    });
  });
});

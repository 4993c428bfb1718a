import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { sessionsOf } from "./support/open-session.ts";

const { hubWith, open, failureOf } = sessionsOf(cleanUpAfterEach());

it("a session connects at once, and subscribes when it may serve", async () => {
  const hub = await hubWith();
  const mayServe = Promise.withResolvers<void>();
  const session = open({ hub, mayServe: mayServe.promise, keepAlive: 1_000 });
  await hub.packet("pingreq");
  expect(hub.received).toEqual(["connect", "pingreq"]);
  mayServe.resolve();
  await session;
  expect(hub.received).toContain("subscribe");
});

it("a session that ends before it may serve has failed, and does not subscribe any more", async () => {
  const hub = await hubWith();
  const mayServe = Promise.withResolvers<void>();
  const failure = failureOf(open({ hub, mayServe: mayServe.promise, keepAlive: 1_000 }));
  await hub.packet("pingreq");
  for (const socket of hub.open) socket.destroy();
  expect((await failure).reason).toBe("closed-subscribing");
  mayServe.resolve();
  await mayServe.promise;
  expect(hub.received).toEqual(["connect", "pingreq"]);
});

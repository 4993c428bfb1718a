import { describe, expect, it } from "vitest";
import type { HubSession } from "../../src/link/hub-session.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { hubOn, linkTo } from "./support/link-on-hub.ts";
import { message } from "./support/message.ts";
import { sessionsOf } from "./support/open-session.ts";
import { SHORT_TOKEN } from "./support/short-token.ts";

const cleanUp = cleanUpAfterEach();
const { hubWith } = sessionsOf(cleanUp);

describe("messages, while sessions replace each other", () => {
  it("all arrive, in their order, if each that failed is sent again on the session that is told next", async () => {
    const hub = await hubOn(cleanUp);
    const told: HubSession[] = [];
    let next = Promise.withResolvers<void>();
    const { link, sessions } = linkTo(cleanUp, hub, {
      ...SHORT_TOKEN,
      onOnline(session) {
        expect(link.session).toBe(session);
        told.push(session);
        next.resolve();
        next = Promise.withResolvers();
      },
    });
    link.start();
    await sessions(1);
    let done = false;
    let count = 0;
    const failures = new Set<string>();
    const sender = (async () => {
      while (!done) {
        const isNext = next.promise;
        const sent = await told
          .at(-1)
          ?.sendMessage(message(String(count)))
          .catch((error: Error) => error);
        if (sent === undefined) count += 1;
        else {
          failures.add(sent.message);
          await isNext;
        }
      }
    })();
    await sessions(4);
    done = true;
    await sender;
    const arrived = hub.messages.received().map(({ body }) => Number(body.toString()));
    // One that came twice is next to itself: it was under way when its session ended.
    const once = arrived.filter((each, index) => each !== arrived[index - 1]);
    expect(once).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(count).toBeGreaterThan(100);
    for (const why of failures) expect(why).toMatch(/takes no messages|ended before/);
    expect(told.map(({ generation }) => generation)).toEqual(told.map((_, index) => index + 1));
  });

  it("go on with the old one if the next cannot log in, as it is told once more", async () => {
    const hub = await hubWith();
    const told: HubSession[] = [];
    const here = { ca: hub.ca, deviceConnectionString: () => hub.connectionString };
    const { link } = linkTo(cleanUp, here, { ...SHORT_TOKEN, onOnline: (session) => told.push(session) });
    link.start();
    await waitUntil("it is online", () => told.length === 1);
    hub.faults.connect = 3;
    await waitUntil("it is told again", () => told.length === 2);
    expect(told[1]).toBe(told[0]);
    await link.session?.sendMessage(message("1"));
  });
});

it("the model that is announced at login is what the hub knows the device as", async () => {
  const hub = await hubOn(cleanUp);
  const { link, reaches } = linkTo(cleanUp, hub, { modelId: "dtmi:example:gateway;1" });
  expect(link.session).toBeUndefined();
  link.start();
  await reaches("online");
  expect(hub.twins.get("pi-1").modelId).toBe("dtmi:example:gateway;1");
});

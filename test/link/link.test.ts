import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { IncomingCall } from "../../src/link/hub-session.ts";
import { fixedIdentity } from "../../src/link/identity.ts";
import { createLink, type Link, type LinkOptions, type SendReply } from "../../src/link/link.ts";
import { observeLink } from "../../src/link/observer.ts";
import type { LinkState } from "../../src/link/supervisor.ts";
import { fixedTrust } from "../../src/link/trust.ts";
import { type LocalHub, startLocalHub } from "../../src/local-hub/index.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { callMethod } from "../support/call-method.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { identityOf } from "../support/identity.ts";
import { waitUntil } from "../support/wait-until.ts";

const cleanUp = cleanUpAfterEach();

/** Quick patience, so that tests need not be patient. */
const BACKOFF = {
  networkBase: 20,
  networkMax: 100,
  refusedBase: 20,
  refusedMax: 100,
  unauthorizedBase: 20,
  unauthorizedMax: 100,
  conflictBase: 20,
  conflictMax: 100,
};

async function hubOn(options: Parameters<typeof startLocalHub>[0] = {}): Promise<LocalHub> {
  const hub = await startLocalHub(options);
  if (hub.registry.get("pi-1") === undefined)
    await hub.registry.create({ deviceId: "pi-1", primaryKey: KEY });
  cleanUp.add(() => hub.stop());
  return hub;
}
const KEY = Buffer.alloc(32, 9).toString("base64");

interface Watched {
  link: Link;
  metrics: ReturnType<typeof createMetrics>;
  /** Resolves when the link is in that state, now or later. */
  reaches(state: LinkState): Promise<void>;
}

/** A reply that must not be lost. */
const unexpectedly = (): void => expect.fail("the reply was lost");

type Call = LinkOptions["onCall"];
const answerOk: Call = (_call, reply) => reply(200, '"ok"', unexpectedly);

function linkTo(hub: LocalHub, options: Partial<LinkOptions> & { connectionString?: string } = {}): Watched {
  const metrics = createMetrics({ version: "test", node: "test", commit: "test" });
  const observer = observeLink(metrics);
  const link = createLink({
    identities: fixedIdentity(identityOf(options.connectionString ?? hub.deviceConnectionString("pi-1"))),
    trust: fixedTrust(hub.ca),
    webSocketPort: 443,
    transport: "mqtt",
    subscriptionCheck: 600_000,
    keepAlive: 40_000,
    connectTimeout: 5_000,
    closeTimeout: 500,
    stableAfter: 60_000,
    tokenLifetime: 3_600_000,
    backoff: BACKOFF,
    productInfo: "hubhand/test",
    logger: pino({ level: "silent" }),
    observer,
    onCall: answerOk,
    idle: async () => {},
    ...options,
  });
  cleanUp.add(() => link.stop());
  return {
    link,
    metrics,
    reaches: (state) => waitUntil(`the link is ${state}`, () => link.status().state === state),
  };
}

describe("the link, on a real hub", () => {
  it("answers a method that Microsoft's service SDK calls", async () => {
    const hub = await hubOn();
    const heard: IncomingCall[] = [];
    const { link, reaches } = linkTo(hub, {
      onCall(call, reply) {
        heard.push(call);
        reply(207, '{"sent":"back"}', unexpectedly);
      },
    });
    link.start();
    await reaches("online");
    const answer = await callMethod(hub, "pi-1", { methodName: "hello", payload: { a: 1 } });
    expect(answer).toEqual({ status: 207, payload: { sent: "back" } });
    expect(heard.map(({ methodName }) => methodName)).toEqual(["hello"]);
    expect(Buffer.from(heard[0]?.payload ?? []).toString()).toBe('{"a":1}');
  });

  it("may start before its hub, and gets there", async () => {
    const dataDirectory = await cleanUp.folder();
    const before = await hubOn({ dataDirectory });
    const { mqttPort } = before;
    const { link, reaches, metrics } = linkTo(before);
    await before.stop();
    link.start();
    await waitUntil("some attempts failed", async () => {
      const { values } = await metrics.linkSessions.get();
      return values.some(({ labels, value }) => labels.outcome === "failed" && value >= 3);
    });
    expect(link.status().lastFailure).toMatchObject({ class: "network", reason: "ECONNREFUSED" });
    const hub = await hubOn({ dataDirectory, mqttPort });
    await reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toEqual({ status: 200, payload: "ok" });
  });

  it("comes back when its hub was killed and started again, and answers", async () => {
    const dataDirectory = await cleanUp.folder();
    const first = await hubOn({ dataDirectory });
    const { link, reaches } = linkTo(first);
    link.start();
    await reaches("online");
    await first.stop();
    await waitUntil("the link knows", () => link.status().state !== "online");
    expect(link.status().lastFailure ?? { class: "lost" }).toMatchObject({
      class: expect.stringMatching(/lost|network/),
    });
    const second = await hubOn({ dataDirectory, mqttPort: first.mqttPort });
    await reaches("online");
    expect(await callMethod(second, "pi-1", { methodName: "any" })).toEqual({ status: 200, payload: "ok" });
  });

  it("comes back from every drop, and the hub's forgetting of its session does not make it deaf", async () => {
    const hub = await hubOn();
    const { link, reaches, metrics } = linkTo(hub);
    link.start();
    for (let round = 1; round <= 5; round += 1) {
      await reaches("online");
      expect(await callMethod(hub, "pi-1", { methodName: "any", connectTimeoutInSeconds: 5 })).toMatchObject({
        status: 200,
      });
      hub.disconnect("pi-1");
      await hub.forgetSession("pi-1");
      await waitUntil("it noticed", async () => {
        const { values } = await metrics.linkFailures.get();
        const ends = values.filter(({ labels }) => labels.class === "lost" || labels.class === "conflict");
        return ends.reduce((sum, { value }) => sum + value, 0) >= round;
      });
    }
  });

  it("sends a reply on the next session if the one of its call is gone", async () => {
    const hub = await hubOn();
    const called = Promise.withResolvers<SendReply>();
    const { link, reaches, metrics } = linkTo(hub, { onCall: (_call, reply) => called.resolve(reply) });
    link.start();
    await reaches("online");
    const answer = callMethod(hub, "pi-1", { methodName: "slow" });
    const reply = await called.promise;
    hub.disconnect("pi-1");
    await waitUntil("a second session is online", async () => {
      const { values } = await metrics.linkSessions.get();
      return (
        link.status().state === "online" &&
        values.some(({ labels, value }) => labels.outcome === "online" && value >= 2)
      );
    });
    reply(200, '"late"', unexpectedly);
    expect(await answer).toEqual({ status: 200, payload: "late" });
  });

  it("keeps a reply that is ready while there is no link, and sends it on the next one", async () => {
    const hub = await hubOn();
    const called = Promise.withResolvers<SendReply>();
    const { link, reaches } = linkTo(hub, {
      onCall: (_call, reply) => called.resolve(reply),
      backoff: { ...BACKOFF, networkBase: 5_000, networkMax: 5_000 },
      random: () => 0.06,
    });
    link.start();
    await reaches("online");
    const answer = callMethod(hub, "pi-1", { methodName: "slow" });
    const reply = await called.promise;
    hub.disconnect("pi-1");
    await reaches("waiting");
    reply(200, '"kept"', unexpectedly);
    expect(await answer).toEqual({ status: 200, payload: "kept" });
  });

  it("says that a reply is lost when no link came back before it is stopped", async () => {
    const hub = await hubOn();
    const called = Promise.withResolvers<SendReply>();
    const { link, reaches } = linkTo(hub, { onCall: (_call, reply) => called.resolve(reply) });
    link.start();
    await reaches("online");
    const answer = callMethod(hub, "pi-1", { methodName: "slow" }).catch((error: unknown) => error);
    const reply = await called.promise;
    await hub.stop();
    await waitUntil("it noticed", () => link.status().state !== "online");
    let lost = 0;
    reply(200, '"late"', () => {
      lost += 1;
    });
    expect(lost).toBe(0);
    await link.stop();
    expect(lost).toBe(1);
    await answer;
  });

  it("replaces its session before the token ends, and stays able to answer", async () => {
    const hub = await hubOn();
    const { link, reaches, metrics } = linkTo(hub, { tokenLifetime: 4_000 });
    link.start();
    await reaches("online");
    await waitUntil("a second session is online", async () => {
      const { values } = await metrics.linkSessions.get();
      return (
        link.status().state === "online" &&
        values.some(({ labels, value }) => labels.outcome === "online" && value >= 2)
      );
    });
    const { values } = await metrics.linkFailures.get();
    expect(values.every(({ value }) => value === 0)).toBe(true);
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
  });

  it("tells refused credentials, and takes the device's key once it is right", async () => {
    const hub = await hubOn();
    const right = hub.deviceConnectionString("pi-1");
    await hub.registry.delete("pi-1");
    const { link, reaches } = linkTo(hub, { connectionString: right });
    link.start();
    await waitUntil("it was refused", () => link.status().lastFailure !== undefined);
    expect(link.status().lastFailure).toMatchObject({ class: "unauthorized", reason: "connack-5" });
    await hub.registry.create({ deviceId: "pi-1", primaryKey: KEY });
    await reaches("online");
  });

  it("shows its state in the metrics: one state at a time, and since when", async () => {
    const hub = await hubOn();
    const { link, reaches, metrics } = linkTo(hub);
    const current = async () => {
      const { values } = await metrics.linkState.get();
      return values.filter(({ value }) => value === 1).map(({ labels }) => labels.state);
    };
    expect(await current()).toEqual(["stopped"]);
    link.start();
    await reaches("online");
    expect(await current()).toEqual(["online"]);
    const since = (await metrics.linkConnectedSince.get()).values[0]?.value ?? 0;
    expect(Math.abs(Date.now() / 1000 - since)).toBeLessThan(60);
    await link.stop();
    expect(await current()).toEqual(["stopped"]);
    expect((await metrics.linkConnectedSince.get()).values[0]?.value).toBe(0);
  });
});

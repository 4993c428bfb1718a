import { describe, expect, it } from "vitest";
import type { IncomingCall } from "../../src/link/hub-session.ts";
import type { SendReply } from "../../src/link/link.ts";
import type { LocalHub, startLocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { lastingPort } from "../support/lasting-port.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import {
  KEY,
  QUICK_BACKOFF,
  hubOn as startHub,
  linkTo as startLink,
  unexpectedly,
} from "./support/link-on-hub.ts";

const cleanUp = cleanUpAfterEach();

const hubOn = (options?: Parameters<typeof startLocalHub>[0]) => startHub(cleanUp, options);
const linkTo = (hub: LocalHub, options?: Parameters<typeof startLink>[2]) => startLink(cleanUp, hub, options);

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
    const mqttPort = await lastingPort();
    const before = await hubOn({ dataDirectory, mqttPort });
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
    const mqttPort = await lastingPort();
    const first = await hubOn({ dataDirectory, mqttPort });
    const { link, reaches } = linkTo(first);
    link.start();
    await reaches("online");
    await first.stop();
    await waitUntil("the link knows", () => link.status().state !== "online");
    expect(link.status().lastFailure ?? { class: "lost" }).toMatchObject({
      class: expect.stringMatching(/lost|network/),
    });
    const second = await hubOn({ dataDirectory, mqttPort });
    await reaches("online");
    expect(await callMethod(second, "pi-1", { methodName: "any" })).toEqual({ status: 200, payload: "ok" });
  });

  it("comes back from every drop, and the hub's forgetting of its session does not make it deaf", async () => {
    const hub = await hubOn();
    const { link, reaches, failures } = linkTo(hub);
    link.start();
    for (let round = 1; round <= 5; round += 1) {
      await reaches("online");
      expect(await callMethod(hub, "pi-1", { methodName: "any", connectTimeoutInSeconds: 5 })).toMatchObject({
        status: 200,
      });
      hub.disconnect("pi-1");
      await hub.forgetSession("pi-1");
      await waitUntil("it noticed", async () => (await failures("lost", "conflict")) >= round);
    }
  });

  it("sends a reply on the next session if the one of its call is gone", async () => {
    const hub = await hubOn();
    const called = Promise.withResolvers<SendReply>();
    const { link, reaches, sessions } = linkTo(hub, { onCall: (_call, reply) => called.resolve(reply) });
    link.start();
    await reaches("online");
    const answer = callMethod(hub, "pi-1", { methodName: "slow" });
    const reply = await called.promise;
    hub.disconnect("pi-1");
    await sessions(2);
    reply(200, '"late"', unexpectedly);
    expect(await answer).toEqual({ status: 200, payload: "late" });
  });

  it("keeps a reply that is ready while there is no link, and sends it on the next one", async () => {
    const hub = await hubOn();
    const called = Promise.withResolvers<SendReply>();
    const { link, reaches } = linkTo(hub, {
      onCall: (_call, reply) => called.resolve(reply),
      backoff: { ...QUICK_BACKOFF, networkBase: 5_000, networkMax: 5_000 },
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
    const { link, reaches, metrics, sessions } = linkTo(hub, { tokenLifetime: 4_000 });
    link.start();
    await reaches("online");
    await sessions(2);
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

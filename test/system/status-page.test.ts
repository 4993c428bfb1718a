import { beforeAll, describe, expect, it } from "vitest";
import { type AgentOnHub, DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import {
  type EventReader,
  type ReceivedEvent,
  readEvents,
} from "../support/status-page/server-sent-events.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const TOKEN = "a-control-token-of-this-test";
const cleanUp = cleanUpAfterAll();
let running: AgentOnHub;
let reader: EventReader;

beforeAll(async () => {
  running = await startAgentOnHub(cleanUp, {
    env: { HUBHAND_OBSERVE_CONTROL_TOKEN: TOKEN, HUBHAND_OBSERVE_PAYLOADS: "true" },
  });
  reader = await readEvents(`${running.url}/api/status/stream`);
});

const callAtHub = (methodName: string, payload: unknown = null) =>
  callMethod(running.hub, DEVICE_ID, { methodName, payload });

// biome-ignore lint/suspicious/noExplicitAny: what is expected of it says what it is
const status = async (): Promise<any> => (await fetch(`${running.url}/api/status`)).json();

/** Asks for something to be done. */
async function act(method: string, path: string, body?: unknown) {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: {
      "x-hubhand-control-token": TOKEN,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: what is expected of it says what it is
  return { status: response.status, body: (await response.json()) as any };
}

describe("the status page of an agent at its hub", () => {
  it("tells who it is and how it is", async () => {
    // Plugins have started; what else makes it ready may take a busy machine a moment more.
    await waitUntil("it is ready", async () => (await status()).agent.ready === true);
    const { agent, link, plugins, tasks, outbox, twin, control } = await status();
    expect(agent).toMatchObject({ ready: true, problems: [], bootCount: 1, logLevel: { level: "info" } });
    expect(link).toMatchObject({
      state: "online",
      way: "mqtt",
      identity: { device: DEVICE_ID, proof: "symmetric-key" },
      connects: 1,
    });
    // Between the two a busy machine may have missed a first try.
    expect(link.history.at(0)).toMatchObject({ state: "connecting" });
    expect(link.history.at(-1)).toMatchObject({ state: "online" });
    expect(link.since).toBe(link.history.at(-1).at);
    expect(plugins).toContainEqual(
      expect.objectContaining({
        name: "device-method",
        kind: "module",
        up: true,
        restarts: 0,
        methods: ["DeviceMethod"],
      }),
    );
    expect(tasks).toContainEqual(
      expect.objectContaining({ task: "device-method/log-count", timing: "* * * * *", enabled: true }),
    );
    expect(outbox).toMatchObject({ messages: 0, limitMessages: 100_000, onDisk: true, dropped: {} });
    expect(twin).toMatchObject({ on: true, refused: [] });
    expect(control).toEqual({ possible: true });
  });

  it("shows a call within two seconds of its answer, with what it took and what it logged", async () => {
    await reader.event("the snapshot", ({ event }) => event === "snapshot");
    await callAtHub("DeviceMethod", { from: "the hub" });
    const shows = ({ data }: ReceivedEvent): boolean => data.calls?.[0]?.method === "DeviceMethod";
    const { data } = await reader.event("the call", shows);
    expect(Date.parse(data.at) - Date.parse(data.calls[0].at)).toBeLessThan(2_000);
    expect(data.calls[0]).toMatchObject({
      status: 200,
      outcome: "ok",
      request: '{"from":"the hub"}',
      reply: '{"Response":"This is the response from the device"}',
    });
    const { methods } = await status();
    const called = methods.find(({ name }: { name: string }) => name === "DeviceMethod");
    expect(called).toMatchObject({ plugin: "device-method", calls: 1, errors: 0, perMinute: 1, inFlight: 0 });
    expect(called.p50Ms).toBeGreaterThan(0);
    expect(called.sparkline).toHaveLength(60);
    expect(called.sparkline.filter((slot: unknown) => slot !== null)).toHaveLength(1);
    // Its process says it when it has time.
    const line = expect.objectContaining({ level: "info", text: "DeviceMethod was called, 1 so far" });
    await waitUntil("what it logged is there", async () => {
      const { plugins } = await status();
      const { log } = plugins.find(({ name }: { name: string }) => name === "device-method");
      return log.some((each: unknown) => line.asymmetricMatch(each));
    });
  });

  it("calls a method as the hub does, counted and logged alike", async () => {
    const { status: http, body } = await act("POST", "/api/methods/DeviceMethod", { from: "the page" });
    expect(http).toBe(200);
    expect(body).toEqual({
      status: 200,
      payload: { Response: "This is the response from the device" },
      ms: expect.any(Number),
    });
    expect((await status()).calls[0]).toMatchObject({
      method: "DeviceMethod",
      requestId: expect.stringMatching(/^local-/),
    });
    await running.agent.line("the action is logged", ({ msg, method, remote }) => {
      return msg === "a method is called from the status page" && method === "DeviceMethod" && remote !== "";
    });
    const lacking = await act("POST", "/api/methods/nobody-has-it");
    expect(lacking).toMatchObject({
      status: 200,
      body: { status: 404, payload: { error: { code: "METHOD_NOT_FOUND" } } },
    });
    const { methods } = await status();
    expect(methods.at(-1)).toMatchObject({ name: "_unknown", calls: 1, errors: 1 });
    expect(methods.at(-1).lastError).toMatchObject({
      status: 404,
      text: 'this device has no method "nobody-has-it"',
    });
  });

  it("restarts a plugin, whose figures go on", async () => {
    const answer = await act("POST", "/api/plugins/device-method/restart");
    expect(answer).toMatchObject({ status: 200, body: { name: "device-method", up: true } });
    const { plugins, methods } = await status();
    expect(plugins.find(({ name }: { name: string }) => name === "device-method").restarts).toBe(1);
    const called = methods.find(({ name }: { name: string }) => name === "DeviceMethod");
    expect(called.calls).toBe(2);
    const unknown = await act("POST", "/api/plugins/nobody/restart");
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: "PLUGIN_UNKNOWN" } } });
  });

  it("changes the level of the log for a while, and back", async () => {
    const changed = await act("PUT", "/api/log-level", { level: "debug", for: "1m" });
    expect(changed).toMatchObject({ status: 200, body: { level: "debug", configured: "info" } });
    const seen = await reader.event("the level", ({ data }) => data.agent?.logLevel.level === "debug");
    expect(seen.data.agent.logLevel.until).toBe(changed.body.until);
    const back = await act("PUT", "/api/log-level", { level: "configured" });
    expect(back.body).toEqual({ level: "info", configured: "info" });
  });

  it("shows an outage, and when the next attempt is due", async () => {
    await running.hub.stop();
    const { data } = await reader.event("the outage", ({ data }) => data.link?.state === "waiting");
    expect(data.link.lastFailure).toMatchObject({ class: expect.stringMatching(/^(lost|network)$/) });
    expect(data.link.history).toContainEqual(expect.objectContaining({ failure: "lost" }));
    expect(Date.parse(data.link.nextAttemptAt)).toBeGreaterThan(Date.parse(data.link.since));
    expect((await status()).agent).toMatchObject({ ready: false, problems: [{ part: "link" }] });
  });

  it("tells no secret, not even one that a call brought along", async () => {
    const connectionString = running.hub.deviceConnectionString(DEVICE_ID);
    const key = connectionString.replace(/^.*SharedAccessKey=/, "");
    const answer = await act("POST", "/api/methods/DeviceMethod", { key, connectionString, token: TOKEN });
    expect(answer.status).toBe(200);
    await reader.event("the call", ({ data }) => data.calls?.[0]?.request?.includes("[secret]"));
    const told = JSON.stringify([reader.events, await status()]);
    for (const secret of [key, connectionString, TOKEN]) expect(told).not.toContain(secret);
  });

  it("ends its streams when the agent stops, which ends as ever", async () => {
    running.agent.kill("SIGTERM");
    await reader.ended;
    expect(await running.agent.exited).toBe(0);
    expect(running.agent.errors()).toBe("");
  });
});

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { type RegistrationSettings, register } from "../../../src/link/identities/registration.ts";
import { IdentityFailure } from "../../../src/link/identity.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { type Faults, type FaultyHub, startFaultyHub } from "../faulty-hub.ts";

const cleanUp = cleanUpAfterEach();

/** It speaks MQTT, and answers no registration. */
async function faultyService(faults: Faults = {}): Promise<FaultyHub> {
  const service = await startFaultyHub(faults);
  cleanUp.add(() => service.stop());
  return service;
}

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

/** Tries, and says why it failed once nothing is left of it: no connection, no timer. */
async function attempt(
  service: Pick<FaultyHub, "port" | "ca"> & { readonly open: { readonly size: number } },
  options: Partial<RegistrationSettings> & { signal?: AbortSignal } = {},
) {
  const { signal = new AbortController().signal, ...limits } = options;
  const before = timers();
  const error = await register(
    {
      dialTimeout: 5_000,
      connectTimeout: 5_000,
      limit: 5_000,
      closeTimeout: 500,
      webSocketPort: 443,
      clock: systemClock,
      ...limits,
    },
    {
      asked: { endpoint: `localhost:${service.port}`, idScope: "0ne1", registrationId: "pi-1" },
      proof: { kind: "symmetric-key", key: Buffer.alloc(32, 1).toString("base64") },
      ca: service.ca,
      way: "mqtt",
      signal,
    },
  ).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(IdentityFailure);
  await waitUntil("the service sees it go", () => service.open.size === 0);
  await waitUntil(`no timer is left of ${timers()}, before ${before}`, () => timers() <= before);
  return (error as IdentityFailure).failure;
}

describe("a registration that comes to nothing is over in time and leaves nothing behind", () => {
  it.each<[string, Faults, string, object]>([
    [
      "the login is not answered",
      { connect: "silence" },
      "connect",
      { class: "refused", reason: "provisioning-timeout-connecting" },
    ],
    [
      "the subscription is not answered",
      { subscribe: "silence" },
      "subscribe",
      { class: "refused", reason: "provisioning-timeout-subscribing" },
    ],
    [
      "the registration is not answered",
      {},
      "publish",
      { class: "refused", reason: "provisioning-timeout-subscribing" },
    ],
  ])("%s", async (_, faults, unanswered, failure) => {
    const service = await faultyService(faults);
    const clock = createFakeClock();
    const came = service.packet(unanswered);
    const failed = attempt(service, { clock });
    await came;
    clock.advance(5_000);
    expect(await failed).toMatchObject(failure);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, Faults, object]>([
    ["the login is refused", { connect: 5 }, { class: "unauthorized", reason: "provisioning-connack-5" }],
    ["it hangs up", { connect: "hang-up" }, { class: "refused", reason: "provisioning-closed-connecting" }],
    [
      "it hangs up later",
      { subscribe: "hang-up" },
      { class: "refused", reason: "provisioning-closed-subscribing" },
    ],
  ])("%s", async (_, faults, failure) => {
    const service = await faultyService(faults);
    expect(await attempt(service)).toMatchObject(failure);
  });

  it("nobody speaks TLS there", async () => {
    const open = new Set<object>();
    const server = createServer((socket) => {
      open.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => open.delete(socket))
        .resume();
    });
    cleanUp.add(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { ca } = await faultyService();
    expect(await attempt({ port, ca, open }, { dialTimeout: 200 })).toMatchObject({
      class: "network",
      reason: "provisioning-timeout-dialing",
    });
  });

  it.each([0, 1, 2, 5, 10, 20, 50])("given up after %i ms", async (delay) => {
    const service = await faultyService();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), delay);
    await attempt(service, { signal: stop.signal });
  });

  it("given up before it began: nobody is called", async () => {
    const service = await faultyService();
    await attempt(service, { signal: AbortSignal.abort() });
    expect(service.received).toEqual([]);
  });

  it.each(["connect", "subscribe"] as const)("given up while the answer to %s is missing", async (packet) => {
    const service = await faultyService({ [packet]: "silence" });
    const stop = new AbortController();
    void service.packet(packet).then(() => stop.abort());
    await attempt(service, { signal: stop.signal });
  });

  it("told to come again later, which is not for the SDK to do", async () => {
    const service = await faultyService();
    const registered = service.packet("publish");
    const failed = attempt(service);
    await registered;
    service.publish("$dps/registrations/res/429/?$rid=1&retry-after=3", "{}");
    expect(await failed).toMatchObject({ class: "refused", reason: "provisioning-429", retryAfter: 3_000 });
  });

  it("told to ask again at once, which a service is not asked to bear", async () => {
    const service = await faultyService();
    let questions = 0;
    service.onPublish = (topic) => {
      questions += 1;
      const rid = new URLSearchParams(topic.split("?")[1]).get("$rid");
      service.publish(
        `$dps/registrations/res/202/?$rid=${rid}&retry-after=0`,
        JSON.stringify({ operationId: "o", status: "assigning" }),
      );
    };
    expect(await attempt(service, { limit: 1_500 })).toMatchObject({
      reason: "provisioning-timeout-subscribing",
    });
    expect(questions).toBeGreaterThanOrEqual(1);
    expect(questions).toBeLessThanOrEqual(2);
  });

  it.each(["hello", "null", "{}", '{"status":"dancing"}', '{"status":7}'])(
    "answered with what cannot be understood: %s",
    async (answer) => {
      const service = await faultyService();
      service.onPublish = (topic) => {
        const rid = new URLSearchParams(topic.split("?")[1]).get("$rid");
        service.publish(`$dps/registrations/res/200/?$rid=${rid}`, answer);
      };
      expect(await attempt(service)).toMatchObject({
        class: "refused",
        reason: "provisioning-unusable",
        message: expect.stringContaining("answered what cannot be understood"),
      });
    },
  );

  it.each([
    ["h.net:99999", "pi-1"],
    ["1.2.3.999", "pi-1"],
    ["h.net", "two words"],
    ["h.net", ""],
  ])("assigned the hub %j as %j, which cannot be", async (assignedHub, deviceId) => {
    const service = await faultyService();
    service.onPublish = (topic) => {
      const rid = new URLSearchParams(topic.split("?")[1]).get("$rid");
      const body = { status: "assigned", registrationState: { assignedHub, deviceId } };
      service.publish(`$dps/registrations/res/200/?$rid=${rid}`, JSON.stringify(body));
    };
    expect(await attempt(service)).toMatchObject({ class: "refused", reason: "provisioning-unusable" });
  });
});

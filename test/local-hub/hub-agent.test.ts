import { request } from "node:https";
import iothub from "azure-iothub";
import { expect, onTestFinished, test } from "vitest";
import { HubAgent, leadToHub } from "../../src/local-hub/index.ts";
import { createTestAuthority } from "../support/certificates.ts";
import { startTestHub } from "./support/hub.ts";

test("the unmodified service SDK is led to a hub on any port", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const registry = leadToHub(iothub.Registry.fromConnectionString(hub.serviceConnectionString), hub);
  expect((await registry.get("dev1")).responseBody.deviceId).toBe("dev1");
  expect(() => leadToHub({}, hub)).toThrow(TypeError);
  expect(() => new HubAgent({ ca: hub.ca } as never)).toThrow(/a hub is { httpsPort, ca }/);
});

test("a client that uses Node's own agent finds the hub with this one in its place", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  useEverywhere(new HubAgent(hub));
  expect(await statusOf({ authorization: hub.serviceToken() })).toBe(200);
  // For this, Node makes an agent of the same kind, which knows of no hub.
  const apart = new Promise((resolve, reject) => {
    request({ host: "127.0.0.2", port: hub.httpsPort, agent: false }, resolve).on("error", reject).end();
  });
  await expect(apart).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("other hosts are left alone, with what is trusted there", async () => {
  const { hub } = await startTestHub();
  const agent = new HubAgent(hub, { keepAlive: false });
  const elsewhere = new Promise((resolve, reject) => {
    request({ host: "127.0.0.2", port: hub.httpsPort, agent }, resolve).on("error", reject).end();
  });
  // It did not go to the hub's address; or else the authority of the hub would have been trusted.
  await expect(elsewhere).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("it trusts the hub's authority, and nobody else's in the hub's place", async () => {
  const { hub } = await startTestHub();
  const other = await createTestAuthority();
  const agent = new HubAgent({ ...hub, ca: other.certificate }, { keepAlive: false });
  const asked = new Promise((resolve, reject) => {
    request({ host: "localhost", path: "/", agent }, resolve).on("error", reject).end();
  });
  await expect(asked).rejects.toMatchObject({ code: expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED/) });
});

test("a service token is what curl and others write into their Authorization header", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const agent = new HubAgent(hub, { keepAlive: false });
  expect(await statusOf({ agent, authorization: hub.serviceToken() })).toBe(200);
  expect(await statusOf({ agent, authorization: hub.serviceToken({ lasts: -3_600_000 }) })).toBe(401);
});

/** Of a look at dev1, without an SDK. */
function statusOf(options: { agent?: HubAgent; authorization: string }): Promise<number | undefined> {
  const { authorization, agent } = options;
  const path = "/devices/dev1?api-version=2021-04-12";
  return new Promise((resolve, reject) => {
    const asked = { host: "localhost", path, headers: { authorization }, ...(agent && { agent }) };
    request(asked, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end();
  });
}

function useEverywhere(agent: HubAgent): void {
  // As a program's own `https.globalAgent = …`, which a module's namespace would not let through.
  const https = process.getBuiltinModule("node:https") as { globalAgent: unknown };
  const before = https.globalAgent;
  https.globalAgent = agent;
  onTestFinished(() => {
    https.globalAgent = before;
    agent.destroy();
  });
}

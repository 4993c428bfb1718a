import sdk from "azure-iot-device";
import { expect, it } from "vitest";
import { prepareDialer } from "../../../src/link/dialing.ts";
import { tappedTransport } from "../../../src/link/mqtt/transport.ts";
import { clientOptions, createSdkClient } from "../../../src/link/session/sdk-client.ts";
import { type LocalHubEvent, startLocalHub } from "../../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { identityOf } from "../../support/hub/identity.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

it("the client of a module's session sends messages and asks for its twin, as that module", async () => {
  const events: LocalHubEvent[] = [];
  const hub = await startLocalHub({ log: (event) => events.push(event) });
  cleanUp.add(() => hub.stop());
  await hub.registry.create({ deviceId: "edge" });
  await hub.modules.create({ deviceId: "edge", moduleId: "agent" });

  const identity = identityOf(hub.moduleConnectionString("edge", "agent"));
  const topics: string[] = [];
  const taps = {
    onClient: () => {},
    onSecured: () => {},
    onMessage(topic: string) {
      topics.push(topic);
      return false;
    },
    onUndigested: (error: unknown) => expect.fail(String(error)),
    signal: new AbortController().signal,
  };
  const dial = await prepareDialer({ way: "mqtt", webSocketPort: 443, connectTimeout: 5_000 });
  const client = createSdkClient(identity, tappedTransport(taps, dial), () => {});
  cleanUp.add(() => client.close());
  expect(client).toBeInstanceOf(sdk.ModuleClient);
  const settings = { keepAlive: 40_000, tokenLifetime: 3_600_000, productInfo: "hubhand/test" };
  await client.setOptions(clientOptions(identity, { ...settings, ca: hub.ca }));
  await client.open();

  await client.sendEvent(new sdk.Message("42"));
  await waitUntil("the message arrived", () => events.some(({ event }) => event === "message"));
  expect(events.find(({ event }) => event === "message")).toMatchObject({
    deviceId: "edge",
    moduleId: "agent",
    topic: expect.stringMatching(/^devices\/edge\/modules\/agent\/messages\/events\//),
    bytes: 2,
  });

  // Whether this hub has a twin for it or an error: the question and its answer went over the wire.
  await client.getTwin().catch(() => {});
  expect(topics).toContainEqual(expect.stringMatching(/^\$iothub\/twin\/res\/\d{3}\//));
});

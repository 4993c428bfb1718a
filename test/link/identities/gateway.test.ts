import { expect, it } from "vitest";
import { startLocalHub } from "../../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { callMethod } from "../../support/hub/call-method.ts";
import { linkTo } from "../support/link-on-hub.ts";
import { choose } from "./support/chosen.ts";

const cleanUp = cleanUpAfterEach();

it("a device below a gateway connects there, by the certificate of the gateway and the token for the hub", async () => {
  const hub = await startLocalHub({ hostNames: ["factory.azure-devices.net"] });
  cleanUp.add(() => hub.stop());
  await hub.registry.create({ deviceId: "pi-1" });
  const reachedBy = { hostName: "factory.azure-devices.net", gatewayHostName: "localhost" };
  const { identities } = await choose({
    folder: await cleanUp.folder(),
    env: { HUBHAND_CONNECTION_STRING: hub.deviceConnectionString("pi-1", reachedBy) },
  });
  expect(identities.description).toMatchObject({
    hub: "factory.azure-devices.net",
    gateway: `localhost:${hub.mqttPort}`,
  });
  const { link, reaches } = linkTo(cleanUp, hub, { identities });
  link.start();
  await reaches("online");
  expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
});

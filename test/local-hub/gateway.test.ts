import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { connectBelowGateway, connectModule } from "./support/identity-clients.ts";

const reachedBy = { hostName: "hub.example.net", gatewayHostName: "localhost" };

test("a hub that answers to another hub's name is a gateway to it, for Microsoft's device and module clients", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"], hostNames: ["hub.example.net"] });
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1" });
  expect(hub.deviceConnectionString("dev1", reachedBy)).toMatch(
    new RegExp(
      `^HostName=hub.example.net;DeviceId=dev1;SharedAccessKey=.+;GatewayHostName=localhost:${hub.mqttPort}$`,
    ),
  );
  await connectBelowGateway({ hub, deviceId: "dev1", reachedBy });
  await connectModule({ hub, deviceId: "dev1", moduleId: "mod1", reachedBy });
  expect([hub.isConnected("dev1"), hub.isConnected("dev1", "mod1")]).toEqual([true, true]);
});

test("a hub that does not know that name refuses its devices", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  await expect(connectBelowGateway({ hub, deviceId: "dev1", reachedBy })).rejects.toMatchObject({
    name: "UnauthorizedError",
  });
  expect((await seen("refused")).reason).toContain("hub.example.net");
});

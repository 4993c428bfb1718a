import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startTestHub } from "./support/hub.ts";

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test.each(["mqttPort", "httpsPort"] as const)("a %s in use is named, with what to do", async (option) => {
  const port = await takenPort();
  await expect(startTestHub({ [option]: port })).rejects.toMatchObject({
    code: "PORT_IN_USE",
    exitCode: 75,
    message: `port ${port} on 127.0.0.1 is in use: stop what listens on it, or choose another ${option} (0 takes any free port)`,
  });
});

test.each([99_999, -1, 8883.5])("%d is no port", async (port) => {
  await expect(startTestHub({ httpsPort: port })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: `httpsPort is a number from 0 to 65535, not ${port}`,
  });
});

test("a hub that could not start has let go of the port it already had", async () => {
  const httpsPort = await takenPort();
  const { hub: probe } = await startTestHub();
  const { mqttPort } = probe;
  await probe.stop();
  await expect(startTestHub({ mqttPort, httpsPort })).rejects.toMatchObject({ code: "PORT_IN_USE" });
  const { hub } = await startTestHub({ mqttPort });
  expect(hub.mqttPort).toBe(mqttPort);
});

test("an address that is not of this machine is named", async () => {
  await expect(startTestHub({ host: "192.0.2.1" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("192.0.2.1"),
  });
});

test("connection strings name the port, but not the one that every SDK uses by itself", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  expect(hub.deviceConnectionString("dev1")).toMatch(`HostName=localhost:${hub.mqttPort};DeviceId=dev1;`);
  expect(hub.deviceConnectionString("dev1", { hostName: "hub" })).toMatch(`HostName=hub:${hub.mqttPort};`);
  expect(hub.serviceConnectionString).toMatch(`HostName=localhost:${hub.httpsPort};`);
});

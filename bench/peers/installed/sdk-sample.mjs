// The tutorial's sample, no longer: a callback on the SDK's client.
import { readFileSync } from "node:fs";
import device from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";

const client = device.Client.fromConnectionString(process.env.CONNECTION_STRING, Mqtt);
await client.setOptions({ ca: readFileSync(process.env.CA_FILE, "utf8") });
await client.open();
client.onDeviceMethod("echo", (request, response) => {
  response.send(200, request.payload, () => {});
});

// The least that mqtt.js alone could do: no SDK, no token, no method's name looked at.
import { readFileSync } from "node:fs";
import mqtt from "mqtt";

const { HostName, DeviceId } = Object.fromEntries(
  process.env.CONNECTION_STRING.split(";").map((part) => part.split(/=(.*)/)),
);
const [host, port = "8883"] = HostName.split(":");
const client = mqtt.connect({
  protocol: "mqtts",
  host,
  port: Number(port),
  clientId: DeviceId,
  username: `${host}/${DeviceId}/?api-version=2021-04-12`,
  ca: readFileSync(process.env.CA_FILE),
});
client.on("connect", () => client.subscribe("$iothub/methods/POST/#"));
client.on("message", (topic, payload) => {
  client.publish(
    `$iothub/methods/res/200/?$rid=${topic.slice(topic.indexOf("$rid=") + 5)}`,
    JSON.stringify(JSON.parse(payload)),
  );
});

import { createHmac } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { generate, parser } from "mqtt-packet";

const TOPICS = ["$iothub/methods/POST/#", "$iothub/twin/res/#", "$iothub/twin/PATCH/properties/desired/#"];
const KEEP_ALIVE_SECONDS = 60;

/**
 * A device that takes little of its process: connected, subscribed, and answering every method with what it was given. With
 * `twins` it has read its twin too, and reported a property.
 */
export function connectRawDevice(options: {
  connectionString: string;
  ca: string;
  twins: boolean;
}): Promise<TLSSocket> {
  const { deviceId, key, port } = read(options.connectionString);
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca: options.ca }).setNoDelay();
  const packets = parser();
  socket.on("data", (chunk) => void packets.parse(chunk));
  const say = (topic: string, payload: string | Buffer) =>
    socket.write(generate({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }));
  const ask = (path: string, body: string) => say(`$iothub/twin/${path}/?$rid=1`, body);
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.write(
        generate({
          cmd: "connect",
          protocolId: "MQTT",
          protocolVersion: 4,
          clean: false,
          keepalive: KEEP_ALIVE_SECONDS,
          clientId: deviceId,
          username: `localhost/${deviceId}/?api-version=2021-04-12`,
          password: Buffer.from(tokenOf({ deviceId, key })),
        }),
      );
    });
    packets.on("packet", (packet) => {
      if (packet.cmd === "connack" && packet.returnCode === 0) {
        const subscriptions = TOPICS.map((topic) => ({ topic, qos: 0 as const }));
        socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions }));
      } else if (packet.cmd === "connack") {
        reject(new Error(`${deviceId} was refused: CONNACK ${packet.returnCode}`));
      } else if (packet.cmd === "suback") {
        socket.off("error", reject).on("error", () => {});
        setInterval(
          () => socket.write(generate({ cmd: "pingreq" })),
          (KEEP_ALIVE_SECONDS / 2) * 1000,
        ).unref();
        if (options.twins) ask("GET", "");
        else resolve(socket);
      } else if (packet.cmd === "publish" && packet.topic.startsWith("$iothub/twin/res/200/")) {
        ask("PATCH/properties/reported", '{"firmware":"1.0","uptime":1}');
      } else if (packet.cmd === "publish" && packet.topic.startsWith("$iothub/twin/res/")) {
        resolve(socket);
      } else if (packet.cmd === "publish" && packet.topic.startsWith("$iothub/methods/")) {
        const [, id] = packet.topic.split("?$rid=");
        say(`$iothub/methods/res/200/?$rid=${id}`, packet.payload);
      }
    });
  });
}

function read(connectionString: string): { deviceId: string; key: string; port: number } {
  const [, port, deviceId = "", key = ""] =
    /^HostName=[^;:]+:(\d+);DeviceId=([^;]+);SharedAccessKey=(.+)$/.exec(connectionString) ?? [];
  return { deviceId, key, port: Number(port) };
}

function tokenOf({ deviceId, key }: { deviceId: string; key: string }): string {
  const sr = encodeURIComponent(`localhost/devices/${deviceId}`);
  const se = Math.ceil(Date.now() / 1000) + 3600;
  const sig = createHmac("sha256", Buffer.from(key, "base64")).update(`${sr}\n${se}`).digest("base64");
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}`;
}

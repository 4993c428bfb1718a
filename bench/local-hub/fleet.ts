import type { TLSSocket } from "node:tls";
import { Client } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { answer } from "../support/children.ts";
import { connectRawDevice } from "./raw-device.ts";

/** How many connect at once, as a fleet does that comes back: each waits for its turn. */
const AT_ONCE = 32;

const sockets: TLSSocket[] = [];

answer({
  /** The first device is Microsoft's client, unmodified; the others take little. Milliseconds until all were ready. */
  async connect({
    connectionStrings,
    ca,
    twins,
  }: {
    connectionStrings: string[];
    ca: string;
    twins: boolean;
  }): Promise<number> {
    const [first = "", ...others] = connectionStrings;
    const sdk = Client.fromConnectionString(first, Mqtt);
    await sdk.setOptions({ ca });
    await sdk.open();
    sdk.onDeviceMethod("any", (request, response) => void response.send(200, request.payload));
    // Its first method waits until the hub has acknowledged the subscription.
    const left = others.values();
    const since = performance.now();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const connectionString of left)
          sockets.push(await connectRawDevice({ connectionString, ca, twins }));
      }),
    );
    return performance.now() - since;
  },
  lost: () => sockets.filter((socket) => socket.destroyed).length,
});

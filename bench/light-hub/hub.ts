/** The light hub, in a process of its own: it takes what the bench asks of it, over the channel that `fork` gives. */

import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { createTestAuthority, createTestCertificate } from "../../test/support/certificates.ts";
import { answer, useOfThisProcess } from "../support/children.ts";
import { type CallFigures, type CallPlan, type Calls, runCalls } from "./calls.ts";
import { serveDevice } from "./connection.ts";

/** Milliseconds that a device which is just online may take until its method answers. */
const PAUSE_MS = 2;

interface Device {
  readonly socket: TLSSocket;
  /** Its CONNECT came, milliseconds since 1970. */
  readonly connectedAt: number;
  subscribedAt?: number;
  calls?: Calls | undefined;
}

const authority = await createTestAuthority();
const { certificate: cert, privateKey: key } = await createTestCertificate({
  commonName: "localhost",
  issuer: authority,
  hostNames: ["localhost"],
});
const devices = new Map<string, Device>();
let waiting: { readonly deviceId: string; readonly resolve: (device: Device) => void }[] = [];

const server = createServer({ cert, key }, (socket) => {
  let device: Device;
  let deviceId = "";
  socket.setNoDelay(true);
  serveDevice(socket, {
    onLogin(id) {
      deviceId = id;
      device = { socket, connectedAt: now() };
      devices.set(id, device);
    },
    onSubscribed() {
      device.subscribedAt ??= now();
      const ready = waiting.filter((each) => each.deviceId === deviceId);
      waiting = waiting.filter((each) => !ready.includes(each));
      for (const { resolve } of ready) resolve(device);
    },
    onReply: (requestId, status) => device.calls?.take(requestId, status),
  });
  // After the splitter has taken all of the piece.
  socket.on("data", () => device?.calls?.flush());
  socket.on("close", () => {
    device?.calls?.abandon();
    if (devices.get(deviceId) === device) devices.delete(deviceId);
  });
});
server.on("tlsClientError", () => {});
server.listen(0, "127.0.0.1");

/** Milliseconds since 1970, with their fractions: the same in every process. */
const now = (): number => performance.timeOrigin + performance.now();

function online(deviceId: string): Promise<Device> | Device {
  const device = devices.get(deviceId);
  if (device?.subscribedAt !== undefined) return device;
  return new Promise((resolve) => waiting.push({ deviceId, resolve }));
}

async function call(deviceId: string, plan: CallPlan): Promise<CallFigures> {
  const device = await online(deviceId);
  const calls = runCalls(device.socket, plan);
  device.calls = calls;
  try {
    return await calls.done;
  } finally {
    device.calls = undefined;
  }
}

answer({
  async open() {
    if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
    return { port: (server.address() as AddressInfo).port, ca: authority.certificate };
  },
  /** When a device came, when it has subscribed, and when its first call was answered: a method that is not there yet is called again. */
  async online({ deviceId, plan }: { deviceId: string; plan: Omit<CallPlan, "count" | "atOnce"> }) {
    const { connectedAt, subscribedAt } = await online(deviceId);
    while ((await call(deviceId, { ...plan, count: 1, atOnce: 1 })).refused > 0)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return { connectedAt, subscribedAt, answeredAt: now() };
  },
  call: ({ deviceId, plan }: { deviceId: string; plan: CallPlan }) => call(deviceId, plan),
  use: useOfThisProcess,
});

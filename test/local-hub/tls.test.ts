import { once } from "node:events";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { startTestHub } from "./support/hub.ts";
import { openRawDevice } from "./support/raw-device.ts";

/** A handshake at each of the hub's ports. */
async function shakeHands(hub: LocalHub, options: ConnectionOptions): Promise<TLSSocket[]> {
  const sockets = [hub.mqttPort, hub.httpsPort].map((port) =>
    connect({ host: "127.0.0.1", port, ca: hub.ca, servername: "localhost", ...options }),
  );
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, "secureConnect")));
  return sockets;
}

test.each(["TLSv1", "TLSv1.1"] as const)(
  "%s is refused, by name of its version, as the service does",
  async (version) => {
    const { hub } = await startTestHub();
    // Clients do not speak it any more unless they are told to.
    const options = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" } as const;
    await expect(shakeHands(hub, options)).rejects.toMatchObject({
      code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    });
  },
);

test.each(["TLSv1.2", "TLSv1.3"] as const)("%s is spoken at both ports", async (version) => {
  const { hub } = await startTestHub();
  const sockets = await shakeHands(hub, { minVersion: version, maxVersion: version });
  expect(sockets.map((socket) => socket.getProtocol())).toEqual([version, version]);
});

test.each(["", "localhost", "my-hub.azure-devices.net"])(
  "a client may ask for the name %j: the hub shows the one certificate it has",
  async (servername) => {
    const { hub } = await startTestHub();
    const sockets = await shakeHands(hub, { servername, checkServerIdentity: () => undefined });
    expect(sockets.map((socket) => socket.authorized)).toEqual([true, true]);
  },
);

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a client that offers its session of before, in %s, gets in",
  async (version) => {
    const { hub } = await startTestHub({ devices: ["dev1"] });
    const options = { minVersion: version, maxVersion: version } as const;
    const sessions: Buffer[] = [];
    const first = connect({
      host: "127.0.0.1",
      port: hub.mqttPort,
      ca: hub.ca,
      servername: "localhost",
      ...options,
    });
    onTestFinished(() => void first.destroy());
    first.on("session", (session) => sessions.push(session));
    await once(first, "secureConnect");
    const session = sessions.at(-1) ?? first.getSession();
    const device = await openRawDevice(hub, { ...options, ...(session ? { session } : {}) });
    expect((await device.login({ hub, deviceId: "dev1" })).returnCode).toBe(0);
  },
);

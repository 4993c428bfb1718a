import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { createTestAuthority, createTestCertificate } from "../../test/support/certificates.ts";
import { createCallPackets } from "../light-hub/call-packets.ts";
import { serveDevice } from "../light-hub/connection.ts";

/** Milliseconds that a device which is just online may take until its method answers. */
const PAUSE_MS = 2;
const CALL = createCallPackets("echo", '{"level":42.5}');

/** A hub in this process that calls each device as soon as it is there. */
export interface CallingHub {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  /** Resolves when the device has answered its next first call: that of a session which is yet to come. */
  answered(deviceId: string): Promise<void>;
  stop(): void;
}

export async function openCallingHub(): Promise<CallingHub> {
  const authority = await createTestAuthority();
  const { certificate: cert, privateKey: key } = await createTestCertificate({
    commonName: "localhost",
    issuer: authority,
    hostNames: ["localhost"],
  });
  const waiting = new Map<string, () => void>();

  const server = createServer({ cert, key }, (socket) => {
    let deviceId = "";
    socket.setNoDelay(true);
    const call = (): unknown => socket.write(CALL(1, 1));
    serveDevice(socket, {
      onLogin(id) {
        deviceId = id;
      },
      onSubscribed: call,
      onReply(_, status) {
        if (status !== 200) setTimeout(call, PAUSE_MS);
        else waiting.get(deviceId)?.();
      },
    });
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    ca: authority.certificate,
    answered(deviceId) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(deviceId, resolve);
      return promise;
    },
    stop: () => void server.close(),
  };
}

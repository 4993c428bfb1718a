import { writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { Fault, Sight } from "../support/fault.ts";
import { DEVICE_ID, type LocalScene } from "../support/local-scene.ts";
import { BROKEN_OFF, LOST, SHORT_ATTEMPTS, SILENCE } from "../support/sights.ts";

const DAY = 24 * 60 * 60_000;
const YEAR = 365 * DAY;

/** While the hub makes room for the other one, the road leads nowhere. */
const RESTARTS: readonly Sight[] = [LOST, BROKEN_OFF];

const UNKNOWN_AUTHORITY: Sight = {
  class: "tls",
  reason: /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/,
};

/** What stands where the hub stood, and does not prove to be it. */
export const TLS_FAULTS: readonly Fault<LocalScene>[] = [
  {
    name: "a hub whose certificate has expired",
    // Certificates are made for 820 days from when the hub starts.
    strike: (scene) => startHubAt(scene, -3 * YEAR),
    passing: RESTARTS,
    lasting: { class: "tls", reason: "CERT_HAS_EXPIRED" },
    heal: ({ startHub }) => startHub(),
  },
  {
    name: "a hub whose certificate is not valid yet",
    strike: (scene) => startHubAt(scene, 2 * DAY),
    passing: RESTARTS,
    lasting: { class: "tls", reason: "CERT_NOT_YET_VALID" },
    heal: ({ startHub }) => startHub(),
  },
  {
    name: "a hub of another certificate authority",
    strike: ({ startHub, elsewhere }) => startHub({ dataDirectory: elsewhere }),
    passing: RESTARTS,
    lasting: UNKNOWN_AUTHORITY,
    heal: ({ startHub }) => startHub(),
  },
  {
    name: "a hub that has a new certificate authority, which comes by its file",
    async strike(scene) {
      await scene.startHub({ dataDirectory: scene.elsewhere });
      await scene.hub.registry.create({ deviceId: DEVICE_ID, primaryKey: scene.deviceKey });
    },
    passing: RESTARTS,
    lasting: UNKNOWN_AUTHORITY,
    heal: ({ files, hub }) => writeFile(files.ca, hub.ca),
  },
  {
    name: "a road that leads to something that does not speak TLS",
    strike: (scene) => leadTo(scene, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    passing: [LOST],
    lasting: { class: "tls", reason: /^(ERR_SSL_|EPROTO)/ },
    heal: ({ startHub }) => startHub(),
  },
  {
    name: "a hub that stalls in the handshake",
    config: SHORT_ATTEMPTS,
    // A part of its first flight comes, and the rest never does.
    strike({ proxy }) {
      proxy.rules = { cutAfter: { bytes: 500, direction: "down", how: "stall" } };
      proxy.cut("close");
    },
    passing: [LOST],
    lasting: SILENCE,
    heal: ({ proxy }) => proxy.heal(),
  },
];

/** Starts a hub that makes its certificate as if it were another day; its clock is right. */
async function startHubAt(scene: LocalScene, ahead: number): Promise<void> {
  scene.hubAhead = ahead;
  await scene.startHub();
  scene.hubAhead = 0;
}

/** Leads new connections to a server that does this with them, and ends those that there are. */
async function leadTo({ proxy, atEnd }: LocalScene, answer: (socket: Socket) => void): Promise<void> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
  atEnd(() => void server.close());
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it does not listen");
  proxy.target = { host: "127.0.0.1", port: address.port };
  proxy.cut("close");
}

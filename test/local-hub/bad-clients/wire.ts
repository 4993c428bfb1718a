import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import type { LocalHub } from "../../../src/local-hub/index.ts";

const LIMIT_MS = 15_000;

export function openTcp(port: number): Promise<Socket> {
  return opened(connectTcp({ host: "127.0.0.1", port }), "connect");
}

export function openTls(port: number, hub: Pick<LocalHub, "ca">): Promise<Socket> {
  return opened(
    connectTls({ host: "127.0.0.1", port, servername: "localhost", ca: hub.ca }),
    "secureConnect",
  );
}

async function opened(socket: Socket, ready: string): Promise<Socket> {
  socket.on("error", () => {});
  await once(socket, ready);
  return socket;
}

/** Writes the pieces one by one, ends its own side, and gives all that came until the hub closed too. */
export async function converse(socket: Socket, pieces: readonly Uint8Array[]): Promise<Buffer> {
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  const closed = once(socket, "close", { signal: AbortSignal.timeout(LIMIT_MS) });
  socket.setNoDelay(true);
  for (const piece of pieces) socket.write(piece);
  socket.end();
  await closed.catch(() => {
    socket.destroy();
    throw new Error("the hub did not close");
  });
  return Buffer.concat(received);
}

/** The same bytes in up to five pieces, wherever they are cut. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...places].map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

export const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });

/** Any UTF-16, halves of pairs too; fast-check's own unit `binary` takes two seconds to begin. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.nat(0xffff), { maxLength }).map((codes) => String.fromCharCode(...codes));
}

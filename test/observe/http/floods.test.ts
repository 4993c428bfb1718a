import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { MOST_CONNECTIONS } from "../../../src/observe/http/listener.ts";
import { ask, startFace } from "../../support/agent/http-face.ts";
import { createTestCertificate, writeCertificate } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

/** A connection that says this much and then nothing. */
async function slow(port: number, text: string): Promise<Socket> {
  // The server may have closed it before we have written.
  const socket = connect(port, "127.0.0.1")
    .on("error", () => {})
    .resume();
  cleanUp.add(() => socket.destroy());
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

const flood = (port: number, text: string): Promise<Socket[]> =>
  Promise.all(Array.from({ length: 2 * MOST_CONNECTIONS }, () => slow(port, text)));

const areOpen = (sockets: readonly Socket[]) => sockets.filter(({ destroyed }) => !destroyed).length;

async function withTls() {
  const pair = await createTestCertificate({ commonName: "pi", hostNames: ["localhost"] });
  return writeCertificate(pair, { folder: await cleanUp.folder() });
}

describe("a flood of connections that ask slowly or nothing", () => {
  it.each([
    ["nothing", ""],
    ["half a request", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: "],
    ["a request without its body", "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"],
  ])("%s: locks nobody out, and those that are idle longest are closed", async (_, text) => {
    const { url, port } = await startFace(cleanUp);
    const sockets = await flood(port, text);
    expect((await ask(`${url}/livez`)).status).toBe(200);
    // Sooner than because they are slow, which closes them all.
    await waitUntil("the rest is closed", () => areOpen(sockets) <= MOST_CONNECTIONS, 8_000);
  });

  it("before they shake hands for TLS: the same, and the agent stops at once", async () => {
    const face = await startFace(cleanUp, { tls: await withTls() });
    const sockets = await flood(face.port, "\u0016\u0003\u0001");
    expect((await ask(`${face.url}/livez`)).status).toBe(200);
    expect(areOpen(sockets)).toBeLessThanOrEqual(MOST_CONNECTIONS);
    await face.stop();
    await waitUntil("all are closed", () => areOpen(sockets) === 0);
  });
});

it("who watches keeps the connection while others come and go", async () => {
  const { url, port } = await startFace(cleanUp, {
    mount: (app) => app.get("/stream", () => new Response(new ReadableStream({}))),
  });
  const agent = new Agent({ keepAlive: true });
  cleanUp.add(() => agent.destroy());
  let ended = false;
  const watching = get(`${url}/stream`, { agent }, (response) => {
    response.on("close", () => {
      ended = true;
    });
    response.on("error", () => {});
  }).on("error", () => {});
  await once(watching, "response");
  await flood(port, "");
  expect((await ask(`${url}/livez`)).status).toBe(200);
  expect(ended).toBe(false);
});

it("who asks again and again without waiting for answers is cut off, before the answers are made", async () => {
  let asked = 0;
  const { url, port } = await startFace(cleanUp, {
    mount: (app) =>
      app.get("/large", (context) => {
        asked += 1;
        return context.text("x".repeat(100_000));
      }),
  });
  const socket = await slow(port, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000));
  await waitUntil("it is cut off", () => socket.destroyed);
  expect(asked).toBeLessThan(10);
  expect((await ask(`${url}/livez`)).status).toBe(200);
});

import { once } from "node:events";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { callRest } from "./support/rest.ts";

/** A hub that is ahead of this machine's clock, and whose certificate is good by both. */
const HUB_TIME = Date.now() + 30 * 60_000;

test.each<[string, number, { path: string; authorization?: null }]>([
  ["an answer", 200, { path: "/devices" }],
  ["an unknown path", 404, { path: "/nothing" }],
  ["a caller without a token", 401, { path: "/", authorization: null }],
])("%s says what time the hub has", async (_what, status, call) => {
  const { hub } = await startTestHub({ now: () => HUB_TIME });
  const { headers, ...answer } = await callRest({ hub, ...call });
  expect(answer.status).toBe(status);
  expect(headers.date).toBe(new Date(HUB_TIME).toUTCString());
});

test("so does the answer to what is not HTTP", async () => {
  const { hub } = await startTestHub({ now: () => HUB_TIME });
  const socket = connect({ host: "127.0.0.1", port: hub.httpsPort, servername: "localhost", ca: hub.ca });
  socket.write("hello\r\n\r\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(String(answer)).toContain(`\r\nDate: ${new Date(HUB_TIME).toUTCString()}\r\n`);
  socket.destroy();
});

import { randomBytes } from "node:crypto";
import { request } from "node:https";
import { requestAgent, WEB_SOCKET_PATH } from "../../link/dialing.ts";
import type { Door } from "./knock.ts";

/** RFC 6455, section 4.1; the subprotocol is the one that mqtt.js asks for. */
const HEADERS = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-protocol": "mqtt",
};

/**
 * Whether a WebSocket can be opened where HTTPS can: what stands between may let the one through and not the other. Nobody
 * logs in; whom it speaks to is for the knock to tell.
 * @returns what was answered in place of a WebSocket, in words; undefined if there was one. Rejects if nobody answers.
 */
export async function refusedUpgrade(door: Omit<Door, "way">): Promise<string | undefined> {
  const { host, port, ca, proxy, signal } = door;
  const agent = (await requestAgent(proxy, signal)) ?? false;
  const trusted = ca === undefined ? {} : { ca };
  const headers = { ...HEADERS, "sec-websocket-key": randomBytes(16).toString("base64") };
  const outcome = Promise.withResolvers<string | undefined>();
  const asked = request({ host, port, path: WEB_SOCKET_PATH, headers, agent, signal, ...trusted });
  asked.once("upgrade", (_, socket) => {
    outcome.resolve(undefined);
    socket.destroy();
  });
  asked.once("response", (response) => {
    outcome.resolve(`HTTP ${response.statusCode}`);
    response.destroy();
  });
  asked.once("error", outcome.reject);
  asked.end();
  return outcome.promise.finally(() => asked.destroy());
}

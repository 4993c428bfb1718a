/**
 * The image's HEALTHCHECK: exits 0 if the agent's `/livez` answers 200 within three seconds, else 1 and says why.
 * Docker starts it anew each time, often on a small machine, so it loads nothing but Node.
 *
 * Given `host:port` it asks only whether a TLS server answers there: for `hubhand hub`, which has no `/livez`.
 */
import { get } from "node:http";
import { connect } from "node:tls";

const LIMIT_MS = 3_000;
const EVERY_ADDRESS = new Set(["", "0.0.0.0", "::"]);

/** Where to reach an agent that listens on this address from the same machine. */
function reachable(host: string): string {
  if (EVERY_ADDRESS.has(host)) return "127.0.0.1";
  return host;
}

function finish(problem?: string): never {
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  process.exit(problem === undefined ? 0 : 1);
}

function probeAgent(host: string, port: number): void {
  const path = "/livez";
  get({ host, port, path, headers: { connection: "close" } }, ({ statusCode }) =>
    finish(statusCode === 200 ? undefined : `${path} answers ${statusCode}`),
  ).on("error", ({ message }) => finish(`${path} does not answer: ${message}`));
}

function probeTls(address: string): void {
  const colon = address.lastIndexOf(":");
  const to = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  // Whose certificate it is matters to those who trust it; here it is enough that the server has one and answers.
  const socket = connect({ ...to, rejectUnauthorized: false }, () => socket.end(() => finish()));
  socket.on("error", ({ message }) => finish(`${address} does not answer: ${message}`));
}

setTimeout(() => finish(`no answer within ${LIMIT_MS} ms`), LIMIT_MS);
const { HUBHAND_OBSERVE_HOST = "", HUBHAND_OBSERVE_PORT } = process.env;
const [address] = process.argv.slice(2);
if (address === undefined) probeAgent(reachable(HUBHAND_OBSERVE_HOST), Number(HUBHAND_OBSERVE_PORT || 9464));
else probeTls(address);

/**
 * The image's HEALTHCHECK: exits 0 if the agent's `/livez` answers 200 within three seconds, else 1 and says why.
 * Docker starts it anew each time, often on a small machine, so it loads nothing but Node.
 *
 * Given `host:port` it asks only whether a TLS server answers there: for `hubhand hub`, which has no `/livez`.
 */
import { get } from "node:http";
import { connect } from "node:tls";

const LIMIT_MS = 3_000;
const PATH = "/livez";
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

type Get = typeof get;

/** Resolves if it answers, whatever it answers. */
function ask(get: Get, { host, port }: { host: string; port: number }): Promise<number | undefined> {
  const answer = Promise.withResolvers<number | undefined>();
  // That somebody else answers in the agent's place is not what is feared on this machine.
  const options = { host, port, path: PATH, headers: { connection: "close" }, rejectUnauthorized: false };
  get(options, ({ statusCode }) => answer.resolve(statusCode)).on("error", answer.reject);
  return answer.promise;
}

/** HTTPS if a variable says so. It may be a file that does: who talks TLS cuts off who does not, and is asked again. */
async function probeAgent(host: string, port: number): Promise<void> {
  const askTls = async () => ask((await import("node:https")).get, { host, port });
  try {
    const isTls = (process.env.HUBHAND_OBSERVE_TLS_CERTIFICATE_FILE ?? "") !== "";
    const asked = isTls ? askTls() : ask(get, { host, port });
    const status = await asked.catch((error: NodeJS.ErrnoException) => {
      if (isTls || error.code === "ECONNREFUSED") throw error;
      return askTls().catch(() => Promise.reject(error));
    });
    finish(status === 200 ? undefined : `${PATH} answers ${status}`);
  } catch (error) {
    finish(`${PATH} does not answer: ${error instanceof Error ? error.message : error}`);
  }
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
if (address === undefined)
  void probeAgent(reachable(HUBHAND_OBSERVE_HOST), Number(HUBHAND_OBSERVE_PORT || 9464));
else probeTls(address);

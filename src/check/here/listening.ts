import { once } from "node:events";
import { get as getPlain } from "node:http";
import { get as getTls } from "node:https";
import { createServer } from "node:net";
import { json } from "node:stream/consumers";
import { SECOND } from "../../durations.ts";
import { messageOf } from "../../errors.ts";
import { isMapping } from "../../mapping.ts";
import { type Check, type Finding, fatal, ok, skipped } from "../check.ts";
import type { Subject } from "../subject.ts";

const LIMIT_MS = 3 * SECOND;
const EVERY_ADDRESS = new Set(["", "0.0.0.0", "::"]);

/** What cannot be connected to is for whoever tries to listen there; any other error is of somebody who answered. */
const UNREACHED = new Set([
  "ECONNREFUSED",
  "EADDRNOTAVAIL",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
]);

/** Whether the agent could listen where it is to: at a port that is free, or that it has itself. */
export function listeningCheck(subject: Subject): Check {
  return {
    id: "observe-port",
    description: "The port of metrics and status",
    async run() {
      const { host, port } = subject.config().values.observe;
      if (port === 0) return skipped("any that is free (observe.port is 0)");
      const where = `${host}:${port}`;
      const obstacle = await tryToListen(host, port);
      // Asked only now: at an address that is not ours another machine may answer.
      if (obstacle === "EADDRINUSE" && (await whoListens(host, port)) === "hubhand")
        return ok(`hubhand runs, and answers at ${where}`);
      return judge(obstacle, { where, port });
    },
  };
}

function judge(code: string | undefined, { where, port }: { where: string; port: number }): Finding {
  switch (code) {
    case undefined:
      return ok(`${where} is free`);
    case "EACCES":
      return fatal(`${where} may not be listened at`, "Set observe.port to one above 1023.");
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return fatal(
        `${where} is not an address of this machine`,
        "Set observe.host to one of its own (ip addr), 127.0.0.1 for this machine alone or 0.0.0.0 for all.",
      );
    case "EADDRINUSE":
      return fatal(
        `${where} is taken by another program`,
        `Find it (ss -ltnp 'sport = :${port}') and end it, or set observe.port to another.`,
      );
    default:
      return fatal(`${where} cannot be listened at: ${code}`, "Set observe.host and observe.port otherwise.");
  }
}

/** At the address of the agent's HTTP face. Never rejects. */
export async function whoListens(host: string, port: number): Promise<"hubhand" | "somebody" | "nobody"> {
  const at = EVERY_ADDRESS.has(host) ? "127.0.0.1" : host;
  const plain = await livez(getPlain, at, port);
  // A server of TLS answers a plain request with an error, or not at all.
  return plain === "somebody" ? livez(getTls, at, port) : plain;
}

function livez(get: typeof getPlain, host: string, port: number): Promise<"hubhand" | "somebody" | "nobody"> {
  const { promise, resolve } = Promise.withResolvers<"hubhand" | "somebody" | "nobody">();
  const options = {
    host,
    port,
    path: "/livez",
    agent: false as const,
    headers: { connection: "close" },
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(LIMIT_MS),
  };
  get(options, (response) => {
    json(response).then(
      (body) => resolve(isMapping(body) && body.alive === true ? "hubhand" : "somebody"),
      () => resolve("somebody"),
    );
  }).once("error", ({ code }: NodeJS.ErrnoException) => {
    resolve(UNREACHED.has(code ?? "") ? "nobody" : "somebody");
  });
  return promise;
}

/** For a moment, and nobody is let in: the code of what is in the way, if something is. */
async function tryToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? messageOf(error);
  } finally {
    server.close();
  }
}

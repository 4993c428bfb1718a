import { request } from "node:https";
import type { Clock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { SECOND } from "../../durations.ts";
import { requestAgent } from "../../link/dialing.ts";
import type { ClientCertificate } from "../../link/identity.ts";
import { isMapping } from "../../mapping.ts";
import { proxyOf } from "../proxy-of.ts";

const LIMIT_MS = 6 * SECOND;
/** Errors of the service have some hundred bytes. */
const LONGEST = 16 * 1024;
/** How long a token counts that is made for one question. */
const TOKEN_SECONDS = 300;

export interface Question {
  readonly host: string;
  /** Says which port that is, and which proxy leads there. */
  readonly link: LoadedConfig["values"]["link"];
  /** With its query. */
  readonly path: string;
  readonly ca: string | undefined;
  /** By what the device proves itself: a token for the Authorization header, or a certificate. Secrets. */
  readonly proof: { readonly token: string } | ClientCertificate;
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
}

export interface Answer {
  readonly status: number;
  /** The service's own word for an error: `DeviceNotFound`, `404202`; empty if there is none. */
  readonly code: string;
  /** What it says besides. */
  readonly message: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** POSTs once, over TLS that must be trusted. Rejects with Node's error if there is no answer. */
export async function ask(question: Question): Promise<Answer> {
  const { host, link, path, ca, proof, body, clock } = question;
  const port = link.webSocketPort;
  const over = new AbortController();
  const cancel = clock.setTimer(LIMIT_MS, () => over.abort());
  const { signal } = over;
  try {
    const agent = (await requestAgent(proxyOf(link), signal)) ?? false;
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      ...("token" in proof ? { authorization: proof.token } : {}),
    };
    const trusted = ca === undefined ? {} : { ca };
    const options = { host, port, path, method: "POST", headers, agent, signal, ...trusted, ...shown(proof) };
    return await new Promise<Answer>((resolve, reject) => {
      const asked = request(options, async (response) => {
        let read = "";
        try {
          for await (const chunk of response.setEncoding("utf8")) {
            read += chunk;
            if (read.length > LONGEST) break;
          }
        } catch (error) {
          return reject(error);
        }
        resolve(answerOf(response.statusCode ?? 0, response.headers["iothub-errorcode"], read));
      });
      asked.once("error", reject);
      asked.end(text);
    });
  } finally {
    cancel();
    over.abort();
  }
}

/** When a token that is made now for a question ends: seconds since 1970. */
export const tokenEnd = (clock: Clock): number => Math.floor(clock.wallClock() / SECOND) + TOKEN_SECONDS;

/** What was answered, in words for people. */
export const wordsOf = ({ status, code, message }: Answer): string =>
  [`HTTP ${status}`, code, message].filter((part) => part !== "").join(" ");

function shown(proof: Question["proof"]) {
  if ("token" in proof) return {};
  const { certificate: cert, privateKey: key, passphrase } = proof;
  return { cert, key, ...(passphrase === undefined ? {} : { passphrase }) };
}

/**
 * Errors of a hub have their code in a header and in `Message: "ErrorCode:<code>;<what>"`; those of the provisioning service
 * are `{errorCode, message}`.
 */
function answerOf(status: number, header: string | string[] | undefined, text: string): Answer {
  let body: Readonly<Record<string, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (isMapping(parsed)) body = parsed;
  } catch {
    // Not the service's own: a portal, a gateway. The status says what it can.
  }
  const said = typeof body.Message === "string" ? body.Message : body.message;
  const [, inMessage, rest] = /^ErrorCode:(\w+);(.*)$/s.exec(String(said ?? "")) ?? [];
  const code = inMessage ?? (typeof header === "string" ? header : String(body.errorCode ?? ""));
  return { status, code, message: (rest ?? String(said ?? "")).trim(), body };
}

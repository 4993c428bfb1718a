import { request } from "node:https";
import { abortAfter, type Clock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { SECOND } from "../../durations.ts";
import { shownInTls } from "../../link/client-certificate.ts";
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
export function ask(question: Question): Promise<Answer> {
  return abortAfter(LIMIT_MS, question.clock, (signal) => post(question, signal));
}

async function post({ host, link, path, ca, proof, body }: Question, signal: AbortSignal): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>();
  const agent = (await requestAgent(proxyOf(link), signal)) ?? false;
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...("token" in proof ? { authorization: proof.token } : {}),
  };
  const asked = request(
    {
      ...{ host, port: link.webSocketPort, path, method: "POST", headers, agent, signal },
      ...(ca === undefined ? {} : { ca }),
      ...("token" in proof ? {} : shownInTls(proof)),
    },
    async (response) => {
      let read = "";
      try {
        for await (const chunk of response.setEncoding("utf8")) {
          read += chunk;
          if (read.length > LONGEST) break;
        }
      } catch (error) {
        return answered.reject(error);
      }
      answered.resolve(answerOf(response.statusCode ?? 0, response.headers["iothub-errorcode"], read));
    },
  );
  asked.once("error", answered.reject);
  asked.end(text);
  return answered.promise.finally(() => asked.destroy());
}

/** When a token that is made now for a question ends: seconds since 1970. */
export const tokenEnd = (clock: Clock): number => Math.floor(clock.wallClock() / SECOND) + TOKEN_SECONDS;

/** What was answered, in words for people. */
export const wordsOf = ({ status, code, message }: Answer): string =>
  [`HTTP ${status}`, code, message].filter((part) => part !== "").join(" ");

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

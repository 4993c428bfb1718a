import http from "node:http";
import https from "node:https";
import { MAX_REPLY_BYTES } from "../../../methods/reply.ts";

export interface PostOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Keeps connections for the calls to come. */
  readonly agent: http.Agent;
  readonly signal: AbortSignal;
}

/** What came back, whole and no larger than a reply may be. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** No answer came: nothing is there, or it went away. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** The answer is longer than any reply; how long is not known, as the rest was not read. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}

/**
 * POSTs one call. Redirects are not followed, and nothing is decompressed.
 * Rejects with NoAnswer, AnswerTooLarge, what is wrong with the answer, or the signal's reason once it has fired.
 */
export async function post(options: PostOptions): Promise<Answer> {
  const { signal } = options;
  try {
    return await read(await ask(options, options.agent), signal);
  } catch (error) {
    if (error instanceof NotTaken) throw error;
    signal.throwIfAborted();
    if (!(error instanceof StaleConnection)) throw error;
    // On a connection of its own: another that was kept may be as stale.
    return await read(await ask(options, false), signal);
  }
}

/**
 * A connection that was kept is closed from the other side, and the system knew when it was asked to send: what
 * listens there has not got the call, so that it may be sent again. In any other case it may have been done already,
 * and a POST that is sent again might be done twice (RFC 9110, 9.2.2).
 */
class StaleConnection extends NoAnswer {}

/** The time was over before there was a connection: nobody refuses, and nobody is there. */
class NotTaken extends NoAnswer {}

function ask(options: PostOptions, agent: http.Agent | false): Promise<http.IncomingMessage> {
  const { url, headers, body, signal } = options;
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const asking = request(url, {
      method: "POST",
      agent,
      signal,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
    });
    let isConnecting = false;
    asking.once("socket", (socket) => {
      isConnecting = socket.connecting;
      // A kept connection says so no more: it would only gather listeners.
      if (!isConnecting) return;
      socket.once("connect", () => {
        isConnecting = false;
      });
    });
    asking.once("response", resolve);
    // Further errors of a request that has been answered show in the response.
    asking.on("error", (error: NodeJS.ErrnoException) => {
      if (isConnecting && signal.aborted) return reject(new NotTaken(REASONS.ETIMEDOUT, { cause: error }));
      const isStale = asking.reusedSocket && error.syscall === "write";
      reject(isStale ? new StaleConnection(whyNoAnswer(error), { cause: error }) : problemOf(error));
    });
    asking.end(body);
  });
}

async function read(response: http.IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const tooLarge = (): AnswerTooLarge => {
    response.destroy();
    return new AnswerTooLarge();
  };
  if (Number(response.headers["content-length"]) > MAX_REPLY_BYTES) throw tooLarge();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_REPLY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AnswerTooLarge) throw error;
    throw new Error(`broke off its answer after ${length} bytes`, { cause: error });
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks, length) };
}

function problemOf(error: NodeJS.ErrnoException): Error {
  if (error.code?.startsWith("HPE_") === true)
    return new Error(`answered with what is not HTTP (${error.code})`, { cause: error });
  return new NoAnswer(whyNoAnswer(error), { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed before an answer came; the call may have been done",
  EPIPE: "the connection was closed before an answer came; the call may have been done",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name could not be looked up",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ETIMEDOUT: "it did not take the connection",
};

function whyNoAnswer({ code = "", message }: NodeJS.ErrnoException): string {
  return REASONS[code] ?? (code === "" ? message : `${message} (${code})`);
}

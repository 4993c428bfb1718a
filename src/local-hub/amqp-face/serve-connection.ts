import type { AmqpError } from "rhea";
import { messageOf } from "../../errors.ts";
import { setAlarm } from "../alarm.ts";
import { END_REASONS } from "../events.ts";
import { remoteOf } from "../ports/listen.ts";
import type { MqttStream } from "../ports/web-sockets.ts";
import { toAmqpError } from "./amqp-errors.ts";
import { type ClaimsContext, createClaims } from "./claims.ts";
import { type NodesContext, serveNodes } from "./nodes.ts";
import { createServerContainer, onFault, serve } from "./rhea-internals.ts";

/** How long a client may take to show a token, in milliseconds, and how many bytes it may send until then. */
const CLAIM_MS = 20_000;
const CLAIM_BYTES = 64 * 1024;

export interface AmqpContext extends ClaimsContext, NodesContext {}

/** Serves a back end that speaks AMQP 1.0, until its last token expires. */
export function serveConnection({ stream, socket }: MqttStream, context: AmqpContext): void {
  const { log, now, hubName } = context;
  const claims = createClaims(context);
  const remote = remoteOf(socket);
  const unclaimed = setTimeout(() => end("it showed no token"), CLAIM_MS);
  let stopWatch = () => clearTimeout(unclaimed);

  const container = createServerContainer({ id: hubName, checkPlain });
  onFault(container, (error) => end(messageOf(error)));
  const nodes = serveNodes(container, { ...context, claims, show, port: socket.localPort ?? 5671 });
  serve(container, stream, remote);
  let bytesBefore = 0;
  stream.on("data", (chunk: Buffer) => {
    if (claims.goodUntil !== undefined) return;
    bytesBefore += chunk.length;
    if (bytesBefore > CLAIM_BYTES) end("it sent much before it showed a token");
  });
  stream.once("close", () => {
    stopWatch();
    nodes.end();
  });

  function end(reason: string): void {
    if (stream.destroyed) return;
    log({ event: "connection-error", face: "amqp", remote, reason });
    stream.destroy();
  }

  function endAtExpiry(): void {
    stopWatch();
    const time = claims.goodUntil ?? 0;
    // Without a closing frame: azure-iothub takes 45 seconds to get over one, and none to get over a lost connection.
    stopWatch = setAlarm({ time, now, ring: () => end(END_REASONS.TOKEN_EXPIRED) });
  }

  /** Why the token does not count, if it does not. */
  function show(token: string): AmqpError | undefined {
    try {
      claims.put(token);
    } catch (error) {
      log({ event: "refused", face: "amqp", remote, reason: messageOf(error) });
      return toAmqpError(error, log);
    }
    endAtExpiry();
    return undefined;
  }

  /** The user is `{policy}@sas.root.{hub}`; the token itself says which policy, so only it counts. */
  function checkPlain(_userName: string, password: string): boolean {
    if (show(password) === undefined) return true;
    // Once the outcome is out.
    setImmediate(() => stream.end());
    return false;
  }
}

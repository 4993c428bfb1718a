import { IdentityFailure } from "./identity.ts";

/**
 * Why there is no link, in the classes that decide what happens next:
 * - `network`: the hub was not reached (name, route, refused port, time-out);
 * - `tls`: something answered, and it could not prove to be the hub;
 * - `refused`: the hub answered and does not want us now (unavailable, throttled, no subscription);
 * - `unauthorized`: the hub does not accept who we say we are;
 * - `clock`: it does not, or could not prove who it is, because the clock of this machine is wrong;
 * - `lost`: a session that was online ended;
 * - `conflict`: so did several in a row, as if another client came online with the same identity each time.
 */
export const FAILURE_CLASSES = [
  "network",
  "tls",
  "refused",
  "unauthorized",
  "clock",
  "lost",
  "conflict",
] as const;

export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** How far a session had come when it failed. */
export type SessionPhase = "identifying" | "dialing" | "connecting" | "subscribing" | "online";

/** What is known of a failed or ended session. */
export interface RawFailure {
  readonly phase: SessionPhase;
  /** The first error that the socket, TLS or MQTT reported; undefined if the connection just ended. */
  readonly error?: unknown;
  /** Our own limit ran out. */
  readonly timedOut?: boolean;
  /** `host:port` that was dialed. */
  readonly address?: string;
  /** What was dialed was a proxy, to get there. */
  readonly viaProxy?: boolean;
  /** A keep-alive ping had no answer when the connection ended. */
  readonly unansweredPing?: boolean;
}

export interface Failure {
  readonly class: FailureClass;
  /** A short stable word for logs: an errno, a TLS code, `connack-5`, `timeout-connecting`, `closed-online`. */
  readonly reason: string;
  /** A sentence for a person, with what to do; never a secret. */
  readonly message: string;
  /** The other side asked not to be asked again for so many milliseconds. */
  readonly retryAfter?: number;
}

export const CONFLICT: Failure = {
  class: "conflict",
  reason: "taken-over",
  message:
    "the hub lets each session in and ends it soon: probably another client connects with this identity (find it, and give it one of its own), or the hub is in trouble",
};

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
const CONNACK: Readonly<Record<number, { class: FailureClass; message: string }>> = {
  1: { class: "refused", message: "the hub does not speak this MQTT version" },
  2: { class: "unauthorized", message: "the hub rejects the client identifier: check DeviceId" },
  3: { class: "refused", message: "the hub is unavailable at the moment" },
  4: { class: "unauthorized", message: "the hub rejects the user name or password" },
  5: {
    class: "unauthorized",
    message:
      "the hub refuses this identity: check that the device exists and is enabled, that its key or certificate is the right one, and that the clock of this machine is right",
  },
};

/** OpenSSL's and Node's names for a certificate that did not convince us. */
const TLS_MESSAGES: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: "the hub's certificate is not valid yet: is the clock of this machine right?",
  CERT_HAS_EXPIRED: "the hub's certificate has expired: is the clock of this machine right?",
  ERR_TLS_CERT_ALTNAME_INVALID: "the hub's certificate is for another name: check HostName",
  SELF_SIGNED_CERT_IN_CHAIN: "the hub's certificate is from an unknown authority: set hub.caFile",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the hub's certificate is from an unknown authority: set hub.caFile",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the hub's certificate is from an unknown authority: set hub.caFile",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the hub's certificate is from an unknown authority: set hub.caFile",
  UNABLE_TO_GET_ISSUER_CERT: "the hub's certificate is from an unknown authority: set hub.caFile",
  CERT_SIGNATURE_FAILURE:
    "the hub's certificate is not from the authority in hub.caFile: is that file the hub's own?",
};

const NETWORK_MESSAGES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there: the hub is down, or a firewall refuses the port",
  ENOTFOUND: "the hub's name does not resolve: check HostName and DNS",
  EAI_AGAIN: "DNS does not answer",
  ETIMEDOUT: "no answer: a firewall may drop the port",
  EHOSTUNREACH: "no route to the hub",
  ENETUNREACH: "this machine has no network",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
};

/** Any string code of a TLS failure: ERR_SSL_…, ERR_TLS_…, EPROTO, or one of OpenSSL's certificate verdicts. */
const TLS_CODE =
  /^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|UNABLE_TO_|.*SELF_SIGNED_CERT|CRL_|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$|ERROR_IN_CERT_|ERROR_IN_CRL_)/;

/** Tells what class of failure this is. Pure; judged from the raw error, as the SDK calls all of them unauthorized. */
export function classifyFailure(raw: RawFailure): Failure {
  // Nothing was dialed, and whoever failed has said it all.
  if (raw.error instanceof IdentityFailure) return raw.error.failure;
  const failure = classify(raw);
  const { address, viaProxy } = raw;
  // Where nobody or somebody else answered, it matters where that was.
  if (address === undefined || !(failure.class === "network" || failure.class === "tls")) return failure;
  if (
    viaProxy === true &&
    failure.class === "network" &&
    raw.phase === "dialing" &&
    !failure.reason.startsWith("proxy-")
  ) {
    const { reason } = failure;
    const message = `the proxy does not lead to ${address} (${reason}): is it there? check link.proxy`;
    // A dial that took too long is one whoever did not answer.
    return { ...failure, reason: reason.startsWith("timeout-") ? reason : `proxy-${reason}`, message };
  }
  return { ...failure, message: `${failure.message} [${address}]` };
}

function classify(raw: RawFailure): Failure {
  const { phase, error, timedOut } = raw;
  if (phase === "online") return lost(raw);
  const code = codeOf(error);
  if (typeof code === "number") return connackFailure(code);
  if (code !== undefined && TLS_CODE.test(code)) {
    return { class: "tls", reason: code, message: TLS_MESSAGES[code] ?? `TLS failed (${code})` };
  }
  if (timedOut === true) return timeoutFailure(phase);
  if (error instanceof SubscriptionRefused) {
    return {
      class: "refused",
      reason: "suback-128",
      message: "the hub refused the subscription to direct methods",
    };
  }
  // A reset after TLS stood came from the hub (or what stands before it), not from the road to it.
  const byHub = phase === "connecting" || phase === "subscribing";
  const status = httpStatusOf(error);
  if (status !== undefined) return httpFailure(status, byHub);
  if (code !== undefined) {
    const message = NETWORK_MESSAGES[code] ?? `the connection failed (${code})`;
    return { class: byHub ? "refused" : "network", reason: code, message };
  }
  return {
    class: byHub ? "refused" : "network",
    reason: `closed-${phase}`,
    message: byHub
      ? "the hub ended the connection before the agent was online; a throttled hub does so"
      : "the connection was closed before it was secured",
  };
}

/** SUBACK 0x80, which the SDK reports as success. */
export class SubscriptionRefused extends Error {
  override readonly name = "SubscriptionRefused";
}

/** Messages were sent, and for a long while none was acknowledged. */
export class MessagesUnacknowledged extends Error {
  override readonly name = "MessagesUnacknowledged";
}

/** Replies were sent, and too much of them has not gone out. */
export class RepliesUnread extends Error {
  override readonly name = "RepliesUnread";
}

function lost({ error, timedOut, unansweredPing }: RawFailure): Failure {
  if (error instanceof SubscriptionRefused) {
    return {
      class: "lost",
      reason: "suback-128",
      message: "the hub no longer grants a subscription that it had granted",
    };
  }
  if (error instanceof MessagesUnacknowledged) {
    return {
      class: "lost",
      reason: "messages-unacknowledged",
      message: "the hub acknowledged no message any more; the link was dead, or the hub is in trouble",
    };
  }
  if (error instanceof RepliesUnread) {
    return {
      class: "lost",
      reason: "replies-unread",
      message:
        "the hub sends calls and does not read their replies; the link is too slow for them, or half dead",
    };
  }
  if (timedOut === true) {
    return {
      class: "lost",
      reason: "check-unanswered",
      message: "the hub did not confirm our subscriptions; the link was dead or deaf",
    };
  }
  const code = codeOf(error);
  const isTold = error !== undefined && !isWrittenTooLate(error);
  // A number is that of a CONNACK, which has no place here.
  if ((code === undefined && isTold) || typeof code === "number") {
    return {
      class: "lost",
      reason: "not-understood",
      message: "the hub sent what is not MQTT, or not in its place",
    };
  }
  if (code === undefined && unansweredPing === true) {
    return { class: "lost", reason: "keepalive", message: "the hub stopped answering; the link was dead" };
  }
  return {
    class: "lost",
    reason: code ?? "closed-online",
    message: "the connection to the hub ended",
  };
}

/** What `ws` says of a write to a WebSocket that the other side has begun to close: it tells of us, not of the hub. */
function isWrittenTooLate(error: unknown): boolean {
  return error instanceof Error && /^WebSocket is not open: readyState [23]/.test(error.message);
}

/** What `ws` says when a WebSocket's handshake is answered by anything but 101. */
function httpStatusOf(error: unknown): number | undefined {
  const [, status] =
    /^Unexpected server response: (\d{3})$/.exec(error instanceof Error ? error.message : "") ?? [];
  return status === undefined ? undefined : Number(status);
}

/** Before TLS stands, only a proxy can have answered. */
function httpFailure(status: number, byHub: boolean): Failure {
  if (byHub) {
    const message = `the hub's port for WebSockets answers with HTTP ${status}`;
    return { class: "refused", reason: `http-${status}`, message };
  }
  const why =
    status === 407 ? "it wants a user and password: write them into link.proxy" : "check link.proxy";
  return {
    class: "network",
    reason: `proxy-${status}`,
    message: `the proxy does not connect to the hub (HTTP ${status}); ${why}`,
  };
}

function connackFailure(code: number): Failure {
  const known = CONNACK[code];
  return {
    class: known?.class ?? "refused",
    reason: `connack-${code}`,
    message: known?.message ?? `the hub refused the connection with code ${code}`,
  };
}

function timeoutFailure(phase: SessionPhase): Failure {
  if (phase === "dialing" || phase === "identifying") {
    return {
      class: "network",
      reason: `timeout-${phase}`,
      message: "no answer: a firewall may drop the port",
    };
  }
  const awaited = phase === "connecting" ? "the login" : "the subscription to direct methods";
  return {
    class: "refused",
    reason: `timeout-${phase}`,
    message: `the hub did not answer ${awaited} in time`,
  };
}

/** The code that Node, OpenSSL or mqtt.js gave, wherever the error is wrapped. */
function codeOf(error: unknown): string | number | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    const { code } = current as { code?: unknown };
    if (typeof code === "string" || typeof code === "number") return code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}

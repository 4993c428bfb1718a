import type { FailureContext, RawServiceFailure, ServiceFailure } from "./failure.ts";

const UNKNOWN_AUTHORITY =
  "its certificate is from an authority that this machine does not trust. If it is your own hub, give its CA certificate (--ca-file)";

/** OpenSSL's and Node's names for a certificate that did not convince us. */
const TLS_MESSAGES: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE:
    "its certificate is not from the authority of the CA file. Is that file of this hub?",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name. Check HostName",
  CERT_HAS_EXPIRED: "its certificate has expired. Is the clock of this machine right?",
  CERT_NOT_YET_VALID: "its certificate is not valid yet. Is the clock of this machine right?",
  ERR_SSL_WRONG_VERSION_NUMBER: "that port does not speak TLS. Check the port",
  EPROTO: "that port does not speak TLS as a hub does. Check the port",
};

const NETWORK_MESSAGES: Readonly<Record<string, string>> = {
  ENOTFOUND: "the name does not resolve. Check HostName, and DNS",
  EAI_AGAIN: "DNS does not answer. Is this machine on the network?",
  ECONNREFUSED: "nothing listens there. Check HostName and port, and that the hub runs",
  ETIMEDOUT: "nothing answers. A firewall may drop the port",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "this machine has no network",
  ECONNRESET: "the connection was closed before it was secured. Check the port",
};

/** Tells a failure without an answer: it lies between here and the hub. */
export function connectionFailure(raw: RawServiceFailure, context: FailureContext): ServiceFailure {
  const { target, hub, purpose } = context;
  const afterwards = context.afterwards === undefined ? "" : `; ${context.afterwards}`;
  const code = codeOf(raw.error);
  if (raw.timedOut && raw.connected && purpose !== "call") {
    return {
      code: "HUB_FAULT",
      reason: "timeout-answer",
      message: `The hub ${hub} did not answer in time${afterwards}.`,
    };
  }
  if (raw.timedOut && raw.connected) {
    return {
      code: "DEVICE_SILENT",
      reason: "timeout-answer",
      message: `Neither the ${target} nor the hub ${hub} answered in time${afterwards}.`,
    };
  }
  if (raw.timedOut)
    return unreachable("timeout-connecting", "nothing answers. A firewall may drop the port", hub);
  if (code?.startsWith("HPE_"))
    return unreachable(code, "that port does not speak HTTP. Check the port", hub);
  if (raw.connected) {
    return {
      code: "HUB_UNREACHABLE",
      reason: code ?? "closed",
      message: `The connection to the hub ${hub} broke before its answer (${code ?? "closed"})${afterwards}.`,
    };
  }
  const known = code === undefined ? undefined : (TLS_MESSAGES[code] ?? NETWORK_MESSAGES[code]);
  return unreachable(
    code ?? "failed",
    known ?? `the connection failed (${code ?? describe(raw.error)})`,
    hub,
  );
}

function unreachable(reason: string, why: string, hub: string): ServiceFailure {
  const stop = why.endsWith("?") ? "" : ".";
  return { code: "HUB_UNREACHABLE", reason, message: `The hub ${hub} cannot be reached: ${why}${stop}` };
}

/** The code that Node or OpenSSL gave, wherever the error is wrapped. */
function codeOf(error: unknown): string | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    const { code } = current as { code?: unknown };
    if (typeof code === "string") return code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : "no reason given");

import { messageOf } from "../../errors.ts";
import type { Way } from "../dialing.ts";
import { type Identity, IdentityFailure } from "../identity.ts";

/** The SDK did not come as far as dialing: its token could not be made. */
export function unsigned({ proof }: Identity, cause: unknown): IdentityFailure {
  const byEdge = proof.kind === "edge-workload";
  const who = byEdge ? "IoT Edge's workload API does not sign the login" : "the login could not be made";
  const message = `${who}: ${messageOf(cause)}${byEdge ? ". Does its runtime run, and may this user reach it?" : ""}`;
  return new IdentityFailure(
    { class: "network", reason: byEdge ? "workload-unsigned" : "login-unsigned", message },
    cause,
  );
}

/** `host:port` that this way leads to. */
export function addressOf(
  { hostName, gatewayHostName }: Identity,
  { webSocketPort }: { readonly webSocketPort: number },
  way: Way,
): string {
  const [host, port = "8883"] = (gatewayHostName ?? hostName).split(":");
  return `${host}:${way === "mqtt" ? port : webSocketPort}`;
}

import { clientIdOf } from "../client-id.ts";
import type { Occasion } from "../wire/moments.ts";
import type { Fault } from "./kinds.ts";

/** What a brown-out makes fail; pings and acknowledgements go on, or no connection would live long enough to be told. */
const BROWN_OUT = [
  "connect",
  "subscribe",
  "message",
  "method-reply",
  "method-request",
  "twin-get",
  "twin-update",
];

/** Whether this is a chance for the fault to strike. */
export function fits(fault: Fault, occasion: Occasion): boolean {
  if (occasion.place === "handshake") {
    return fault.kind === "break-tls" && (fault.port ?? occasion.port) === occasion.port;
  }
  if (!concerns(fault, occasion.clientId)) return false;
  switch (fault.kind) {
    case "refuse-login":
      return isLogin(occasion);
    case "forget-sessions":
      return fault.when === "at-login" && isLogin(occasion);
    case "expire-tokens":
      return occasion.place === "mqtt" && occasion.packet === "connack" && occasion.returnCode === 0;
    case "drop-connection":
    case "stall":
    case "delay":
    case "lose":
      return isMoment(fault, occasion);
    case "throttle":
      return occasion.place === "rest"
        ? occasion.step === "rest-request" && isCall(fault, occasion)
        : !isOfCalls(fault) && (occasion.meaning === "twin-get" || occasion.meaning === "twin-update");
    case "answer-error":
      return (
        occasion.place === "rest" &&
        occasion.step === (fault.when === "after" ? "rest-answer" : "rest-request") &&
        isCall(fault, occasion)
      );
    case "brown-out":
      return occasion.place === "rest"
        ? occasion.step === "rest-request"
        : BROWN_OUT.includes(occasion.meaning ?? occasion.packet);
    case "break-tls":
    case "clock-skew":
      return false;
  }
}

type Exchange = Exclude<Occasion, { place: "handshake" }>;

/** Whether the fault is for this device or module; one that names nobody is for everybody. */
export function concerns({ deviceId, moduleId }: Fault, clientId: string | undefined): boolean {
  if (deviceId === undefined) return true;
  return clientId === clientIdOf({ deviceId, ...(moduleId === undefined ? {} : { moduleId }) });
}

function isLogin(occasion: Exchange): boolean {
  return occasion.place === "mqtt" && occasion.packet === "connect";
}

function isMoment(fault: Fault, occasion: Exchange): boolean {
  if (occasion.place === "rest") {
    // With no moment it is every one; a request counts for its answer, or one call would be struck twice.
    const { at = fault.direction === undefined ? "rest-request" : undefined } = fault;
    return at === occasion.step && isCall(fault, occasion);
  }
  if (isOfCalls(fault)) return false;
  if (fault.direction !== undefined && fault.direction !== occasion.direction) return false;
  return fault.at === undefined || fault.at === occasion.meaning || fault.at === occasion.packet;
}

function isOfCalls({ method, path }: Fault): boolean {
  return method !== undefined || path !== undefined;
}

function isCall({ method, path }: Fault, call: { method: string; path: string }): boolean {
  return (
    (method === undefined || method === call.method) && (path === undefined || call.path.startsWith(path))
  );
}

import type { ServiceErrorCode } from "../hub-error.ts";
import type { Occasion } from "../wire/moments.ts";
import type { BrokenHandshake } from "./kinds.ts";
import type { StandingFault } from "./table.ts";

/** What becomes of a packet because of a fault. */
export type PacketVerdict =
  | { do: "refuse"; returnCode: number }
  | { do: "drop"; after: boolean }
  | { do: "stall"; after: boolean }
  | { do: "delay"; ms: number }
  | { do: "lose" }
  | { do: "twin-error"; code: ServiceErrorCode; message: string }
  | { do: "forget" }
  | { do: "expire"; ms: number };

/** What becomes of a REST request or its answer. */
export type CallVerdict =
  | { do: "answer-error"; code: ServiceErrorCode; message: string }
  | { do: "drop"; middle: boolean }
  | { do: "stall" }
  | { do: "delay"; ms: number };

/** CONNACK "server unavailable": what the service answers where it is itself at fault. */
const SERVER_UNAVAILABLE = 3;
/** Throttled, in the service's terms. */
const THROTTLED = { code: "ThrottlingException", message: "throttled by a fault on request" } as const;

export function packetVerdict(
  { fault }: StandingFault,
  occasion: Occasion & { place: "mqtt" },
): PacketVerdict {
  const after = fault.when === "after";
  switch (fault.kind) {
    case "refuse-login":
      return { do: "refuse", returnCode: fault.returnCode ?? SERVER_UNAVAILABLE };
    case "drop-connection":
      return { do: "drop", after };
    case "stall":
      return { do: "stall", after };
    case "delay":
      return { do: "delay", ms: fault.by ?? 0 };
    case "throttle":
      return { do: "twin-error", ...THROTTLED };
    case "forget-sessions":
      return { do: "forget" };
    case "expire-tokens":
      return { do: "expire", ms: fault.after ?? 0 };
    case "brown-out":
      return brownOut(occasion);
    default:
      return { do: "lose" };
  }
}

function brownOut({ packet, meaning }: Occasion & { place: "mqtt" }): PacketVerdict {
  if (packet === "connect") return { do: "refuse", returnCode: SERVER_UNAVAILABLE };
  switch (meaning) {
    case "twin-get":
    case "twin-update":
      return { do: "twin-error", code: "ServerError", message: "failed by a fault on request" };
    case "method-request":
    case "method-reply":
      return { do: "lose" };
    default:
      return { do: "drop", after: false };
  }
}

export function callVerdict({ fault }: StandingFault): CallVerdict {
  switch (fault.kind) {
    case "drop-connection":
      return { do: "drop", middle: fault.when === "middle" };
    case "stall":
      return { do: "stall" };
    case "delay":
      return { do: "delay", ms: fault.by ?? 0 };
    case "throttle":
      return { do: "answer-error", ...THROTTLED };
    case "answer-error":
      return {
        do: "answer-error",
        code: fault.code ?? "ServerError",
        message: "answered by a fault on request",
      };
    default:
      return { do: "answer-error", code: "ServiceUnavailable", message: "failed by a fault on request" };
  }
}

export function handshakeVerdict({ fault }: StandingFault): BrokenHandshake {
  return fault.how ?? "reset";
}

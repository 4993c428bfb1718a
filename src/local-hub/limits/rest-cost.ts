import type { LimitKind } from "./service-limits.ts";

/** What a call of the REST API counts as. */
export interface Cost {
  kind: LimitKind;
  size: number;
}

/** By which limit the service counts a call (learn.microsoft.com, "IoT Hub quotas and throttling"), if by any. */
export function costOf(call: { method: string; path: string; bytes: number }): Cost | undefined {
  const { method, path, bytes } = call;
  const [, room = "", ...rest] = path.split("/");
  switch (room) {
    case "twins":
    case "digitaltwins":
      if (method === "POST") return { kind: "methods", size: bytes };
      return { kind: method === "GET" ? "twinReads" : "twinUpdates", size: 1 };
    case "devices":
      if (rest.includes("applyConfigurationContent")) return { kind: "configurations", size: 1 };
      // The queue of messages to a device, which may be purged (azure-iot-sdk-csharp, PurgeMessageQueueAsync).
      if (rest[1] === "commands") return { kind: "cloudToDevice", size: 1 };
      return { kind: rest[0] === "query" && method === "POST" ? "queries" : "registry", size: 1 };
    case "statistics":
      return { kind: "registry", size: 1 };
    case "hubhand":
      // Our own way to send to devices; the service's is AMQP.
      return method === "POST" && rest[2] === "messages" ? { kind: "cloudToDevice", size: 1 } : undefined;
    case "configurations":
      return { kind: "configurations", size: 1 };
    case "jobs":
      return { kind: "jobs", size: 1 };
    default:
      return undefined;
  }
}

import type { Server } from "node:tls";
import type { Client } from "aedes";
import { whoIs } from "../client-id.ts";
import type { ServerCertificate } from "../credentials/certificates.ts";
import type { LogEvent } from "../events.ts";
import { readInjection } from "../faults/injected.ts";
import type { FaultTable } from "../faults/table.ts";
import { remoteOf } from "../ports/listen.ts";
import type { Tracer } from "../trace/tracer.ts";
import { type CallOptions, type CallOutcome, throughWire } from "./call.ts";
import { guardHandshakes, type WrongCertificate } from "./handshakes.ts";
import { type Line, type LineOptions, tapLine } from "./line.ts";
import type { TlsPort } from "./moments.ts";

/**
 * All that goes in and out of the hub, for who watches it or meddles with it. With nobody watching and no fault, nothing
 * stands in the way: a connection is tapped when the first of them comes.
 */
export interface Wire {
  attach(line: LineOptions & { face?: "mqtt" | "provisioning" }): void;
  /** The connections of devices; those that have not logged in have no client id. */
  lines(): Line[];
  /** A message was received: a device may ask for the end of its own connection. */
  received(client: Client, topic: string): void;
  call(options: CallOptions & { face?: "https" | "provisioning" }): Promise<CallOutcome>;
  guardHandshakes(server: Server, port: TlsPort): void;
}

export function createWire(options: {
  faults: FaultTable;
  tracer: Tracer | undefined;
  log: LogEvent;
  now: () => number;
  forgetSession: (clientId: string) => Promise<void>;
  wrongCertificate: (why: WrongCertificate) => Promise<ServerCertificate>;
}): Wire {
  const { faults, tracer, log } = options;
  const attached = new Map<Client, LineOptions>();
  const lines = new Map<Client, Line>();
  let isTapped = tracer !== undefined;
  faults.onAdd(() => {
    if (isTapped) return;
    isTapped = true;
    for (const line of attached.values()) tap(line, "mqtt");
  });

  function tap(line: LineOptions, face: "mqtt" | "provisioning"): void {
    const ofHub = face === "mqtt";
    const remote = remoteOf(line.socket);
    const at = (clientId: string | undefined) => ({ face, remote, clientId });
    const tapped = tapLine(line, {
      strike: (occasion) => (ofHub ? faults.strike(occasion) : undefined),
      forgetSession: options.forgetSession,
      now: options.now,
      onPacket: (packet, clientId) => tracer?.packet(packet, at(clientId)),
      onFrame: (frame, clientId) => tracer?.frame(frame, at(clientId)),
    });
    if (!ofHub) return;
    lines.set(line.client, tapped);
    line.socket.once("close", () => lines.delete(line.client));
  }

  return {
    attach({ face = "mqtt", ...line }) {
      if (isTapped) tap(line, face);
      if (face === "provisioning") return;
      attached.set(line.client, line);
      line.socket.once("close", () => attached.delete(line.client));
    },

    lines: () => [...lines.values()],

    received(client, topic) {
      const injection = readInjection(topic);
      if (injection === undefined) return;
      const { operation, known, delayMs } = injection;
      const who = whoIs(client.id);
      if (!known) {
        log({
          event: "fault-ignored",
          ...who,
          operation,
          reason: "over MQTT there are KillTcp and ShutDownMqtt",
        });
        return;
      }
      const line = attached.get(client);
      const timer = setTimeout(() => {
        log({ event: "fault-struck", faultId: "AzIoTHub", kind: operation, at: "message", ...who });
        line?.end(`it asked for ${operation}`);
      }, delayMs);
      line?.socket.once("close", () => clearTimeout(timer));
    },

    async call({ face = "https", ...call }) {
      if (!isTapped) return { answer: await call.serve(() => {}), cut: false };
      return throughWire(call, {
        strike: (occasion) => (face === "https" ? faults.strike(occasion) : undefined),
        onRequest: (seen) => tracer?.request({ ...seen, face }),
        onAnswer: (seen) => tracer?.answer({ ...seen, face }),
      });
    },

    guardHandshakes(server, port) {
      guardHandshakes(server, {
        strike: () => faults.strike({ place: "handshake", port }),
        wrongCertificate: options.wrongCertificate,
      });
    },
  };
}

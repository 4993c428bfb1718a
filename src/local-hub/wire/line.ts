import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "aedes";
import { errorDocument } from "../error-document.ts";
import { END_REASONS } from "../events.ts";
import type { StandingFault } from "../faults/table.ts";
import { type PacketVerdict, packetVerdict } from "../faults/verdicts.ts";
import { SERVICE_ERRORS } from "../hub-error.ts";
import {
  intercept,
  isSubscribed,
  type Packet,
  stopReading,
  waitForConnect,
} from "../mqtt-face/aedes-internals.ts";
import { TWIN_RESPONSES_FILTER, twinResponseTopic } from "../mqtt-face/topics.ts";
import { publish } from "../mqtt-face/traffic.ts";
import { connackFrame, type Frame, interceptWrites, pubackFrame, readFrame } from "./frames.ts";
import { createLane } from "./lane.ts";
import { type Direction, meaningOf, type Occasion } from "./moments.ts";

/** The connection of a device, before and after its login. */
export interface LineOptions {
  client: Client;
  /** What the broker reads and writes. */
  stream: Duplex;
  /** What carries it. */
  socket: Socket;
  /** Ends the connection; `reason` is what the log will say if it had logged in. */
  end: (reason: string) => void;
  /** Whether it logged in with a token. */
  usesToken: () => boolean;
}

/** What looks at a line's packets, and meddles with them. */
export interface LineHooks {
  strike: (occasion: Occasion) => StandingFault | undefined;
  forgetSession: (clientId: string) => Promise<void>;
  now: () => number;
  /** A packet of the device, before anything is made of it. */
  onPacket: (packet: Packet, clientId: string | undefined) => void;
  /** A packet that is sent. */
  onFrame: (frame: Frame, clientId: string | undefined) => void;
}

export interface Line {
  readonly clientId: string | undefined;
  readonly usesToken: boolean;
  end(reason: string): void;
  /** Ends it as if its token had expired then. */
  expireIn(ms: number): void;
}

interface Struck {
  direction: Direction;
  verdict: PacketVerdict;
  by: StandingFault;
  /** Passes the packet; `done` is called when the hub has taken it, or the device's socket has it. */
  pass: (done?: () => void) => void;
}

/** Puts itself between the device and the broker, in both directions, for as long as the connection lasts. */
export function tapLine(options: LineOptions, hooks: LineHooks): Line {
  const { client, stream, socket, end } = options;
  const lanes = { "from-device": createLane(), "to-device": createLane() };
  const timers = new Set<NodeJS.Timeout>();
  let claimedId: string | undefined;
  // One that is tapped in the middle of its login has its id from the broker.
  const who = (): string | undefined => claimedId ?? client.id ?? undefined;
  socket.once("close", () => {
    lanes["from-device"].close();
    lanes["to-device"].close();
    for (const timer of timers) clearTimeout(timer);
  });

  const write = interceptWrites(stream, (frame) => {
    const occasion = occasionOf("to-device", frame);
    const by = hooks.strike(occasion);
    let writable = true;
    const pass = (done?: () => void) => {
      writable = transmit(frame, done);
    };
    if (by === undefined) lanes["to-device"].pass(pass);
    else meddle({ direction: "to-device", verdict: packetVerdict(by, occasion), by, pass });
    return writable;
  });

  intercept(client, (packet, deliver) => {
    if (packet.cmd === "connect") claimedId ??= packet.clientId;
    hooks.onPacket(packet, who());
    const topic = packet.cmd === "publish" ? packet.topic : undefined;
    const occasion = occasionOf("from-device", { packet: packet.cmd, topic });
    const by = hooks.strike(occasion);
    if (by === undefined) return lanes["from-device"].pass(deliver);
    const verdict = packetVerdict(by, occasion);
    if (packet.cmd === "connect") waitForConnect(client);
    if (verdict.do === "twin-error") return answerTwin(packet, verdict);
    const pass = (done?: () => void) => {
      deliver();
      if (done) setImmediate(done);
    };
    meddle({ direction: "from-device", verdict, by, pass });
  });

  function occasionOf(
    direction: Direction,
    { packet, topic, returnCode }: Pick<Frame, "packet" | "returnCode"> & { topic?: string | undefined },
  ): Occasion & { place: "mqtt" } {
    const meaning = topic === undefined ? undefined : meaningOf(topic, direction);
    const clientId = who();
    return {
      place: "mqtt",
      direction,
      packet,
      ...(meaning === undefined ? {} : { meaning }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(returnCode === undefined ? {} : { returnCode }),
    };
  }

  function transmit(frame: Frame, done?: () => void): boolean {
    if (stream.destroyed) return false;
    hooks.onFrame(frame, who());
    return write(frame.bytes, done);
  }

  function meddle({ direction, verdict, by, pass }: Struck): void {
    const lane = lanes[direction];
    const gone = () => end(droppedBy(by));
    switch (verdict.do) {
      case "refuse":
        transmit(readFrame(connackFrame(verdict.returnCode)), () => socket.destroySoon());
        break;
      case "drop":
        if (!verdict.after) {
          // Neither does what came in one segment with it pass.
          lane.hold();
          gone();
          break;
        }
        // What the hub answers to a packet it has taken must not get out before the connection ends.
        if (direction === "from-device") lanes["to-device"].hold();
        lane.pass(() => pass(gone));
        break;
      case "stall":
        if (!verdict.after) freeze(by);
        lane.pass(pass);
        if (verdict.after) freeze(by);
        break;
      case "delay":
        lane.pass(pass, { delayMs: verdict.ms });
        break;
      case "forget": {
        const release = lane.hold();
        lane.pass(pass);
        void hooks.forgetSession(who() ?? "").finally(release);
        break;
      }
      case "expire":
        lane.pass(pass);
        if (options.usesToken()) expireIn(verdict.ms);
    }
  }

  /** Nothing is read, answered or sent any more, until the fault is taken back; then all of it is. */
  function freeze(by: StandingFault): void {
    const releases = [lanes["from-device"].hold(), lanes["to-device"].hold(), stopReading(client)];
    void by.over.then(() => {
      for (const release of releases) release();
    });
  }

  function answerTwin(packet: Packet, verdict: PacketVerdict & { do: "twin-error" }): void {
    if (packet.cmd !== "publish") return;
    if (packet.qos > 0) transmit(readFrame(pubackFrame(packet.messageId ?? 0)));
    if (!isSubscribed(client, TWIN_RESPONSES_FILTER)) return;
    const requestId = /\$rid=([^&]+)/.exec(packet.topic)?.[1] ?? "";
    const topic = twinResponseTopic({ status: SERVICE_ERRORS[verdict.code].status, requestId });
    const { code, message } = verdict;
    publish(client, topic, JSON.stringify(errorDocument({ code, message, now: hooks.now() })));
  }

  function expireIn(ms: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      end(END_REASONS.TOKEN_EXPIRED);
    }, ms);
    timers.add(timer);
  }

  return {
    get clientId() {
      return who();
    },
    get usesToken() {
      return options.usesToken();
    },
    end,
    expireIn,
  };
}

function droppedBy(by: StandingFault): string {
  return `dropped by the fault ${by.id}, on request`;
}

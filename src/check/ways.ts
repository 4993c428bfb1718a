import { SECOND } from "../durations.ts";
import type { Way } from "../link/dialing.ts";
import { type Check, fatal, ok, skipped, warning } from "./check.ts";
import { type Dialed, dial } from "./dial.ts";
import type { Subject } from "./subject.ts";

const ALL: readonly Way[] = ["mqtt", "websockets"];

/** Shorter than the whole check may take, so that no answer is an answer. */
const DIAL_LIMIT_MS = 8 * SECOND;

const REMEDIES: Readonly<Record<Way, string>> = {
  mqtt: "Open the port to the hub, or let hubhand take WebSockets (link.transport).",
  websockets: "Open the port to the hub, or set a proxy that leads there (link.proxy).",
};

/** One check a way: TCP, and TLS with a certificate that is trusted. */
export function wayChecks(subject: Subject): Check[] {
  const dialed = new Map<Way, Promise<Dialed>>();
  const dialOnce = (way: Way, signal: AbortSignal): Promise<Dialed> => {
    const going = dialed.get(way) ?? dialWay(subject, way, signal);
    dialed.set(way, going);
    return going;
  };
  return ALL.map((way) => wayCheck(subject, way, dialOnce));
}

function wayCheck(
  subject: Subject,
  way: Way,
  dialOnce: (way: Way, signal: AbortSignal) => Promise<Dialed>,
): Check {
  return {
    id: way,
    description: way === "mqtt" ? "MQTT over TLS" : "MQTT over WebSockets",
    async run(signal) {
      const { transport } = subject.config().values.link;
      if (transport !== "auto" && transport !== way) return skipped(`link.transport is ${transport}`);
      const outcome = await dialOnce(way, signal);
      if ("secured" in outcome) return ok(`${await whereTo(subject, way)} answers with ${outcome.secured}`);
      const other = transport === "auto" && ALL.find((each) => each !== way);
      const isSpare = other && "secured" in (await dialOnce(other, signal));
      return (isSpare ? warning : fatal)(outcome.problem, remedyFor(way, outcome.problem));
    },
  };
}

/** A problem that says itself what to set needs no other advice. */
const remedyFor = (way: Way, problem: string): string =>
  problem.includes("hub.caFile") ? "Set it to a PEM file with that authority." : REMEDIES[way];

async function dialWay(subject: Subject, way: Way, signal: AbortSignal): Promise<Dialed> {
  const { host } = await subject.target();
  const proxy = subject.config().values.link.proxy ?? undefined;
  const ca = await subject.authorities(signal);
  const port = await portOf(subject, way);
  const over = new AbortController();
  const cancel = subject.clock.setTimer(DIAL_LIMIT_MS, () => over.abort());
  try {
    return await dial({ way, host, port, ca, proxy, signal: AbortSignal.any([signal, over.signal]) });
  } finally {
    cancel();
  }
}

async function portOf(subject: Subject, way: Way): Promise<number> {
  return way === "mqtt" ? (await subject.target()).mqttPort : subject.config().values.link.webSocketPort;
}

async function whereTo(subject: Subject, way: Way): Promise<string> {
  const { host, provisioning } = await subject.target();
  const what = provisioning ? " (the provisioning service; the hub is not known yet)" : "";
  return `${host}:${await portOf(subject, way)}${what}`;
}

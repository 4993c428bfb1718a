import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { abortAfter, type Clock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { SECOND } from "../../durations.ts";
import type { Way } from "../../link/dialing.ts";
import { type ClockVerdict, compareClocks } from "../../link/wrong-clock.ts";
import { isLoopback } from "../../loopback.ts";
import { after, Unmet } from "../check.ts";
import { proxyOf } from "../proxy-of.ts";
import { type Knocked, knock, type Peer } from "./knock.ts";
import { misleading } from "./misled.ts";
import { refusedUpgrade } from "./upgrade.ts";

/** Each shorter than the whole check may take, together too, so that no answer is an answer. */
const NAME_LIMIT_MS = 5 * SECOND;
const KNOCK_LIMIT_MS = 6 * SECOND;

export const WAYS: readonly Way[] = ["mqtt", "websockets"];

/** The host to connect to. */
export interface Target {
  readonly host: string;
  readonly mqttPort: number;
  /** The provisioning service, as the hub is not known before that has answered. */
  readonly provisioning: boolean;
}

/** What came of looking up the target's name. `unasked`: nobody has to know it, and why. */
export type Named =
  | { readonly addresses: readonly string[] }
  | { readonly code: string }
  | { readonly unasked: string };

export interface Misled {
  readonly why: "hosts" | "nowhere";
  readonly addresses: readonly string[];
}

/** How the way to the hub is: facts that several checks judge. Each is found out once, when it is first asked for. */
export interface Network {
  name(): Promise<Named>;
  /** Why the name leads elsewhere, where nobody answers at its addresses. Never rejects. */
  misled(): Promise<Misled | undefined>;
  /** Throws Unmet where there is no point in trying. */
  knock(way: Way): Promise<Knocked>;
  /** What is answered in place of a WebSocket, where HTTPS is open; undefined if nothing is. Never rejects. */
  refusedUpgrade(): Promise<string | undefined>;
  /** By which way it may be gone, as `link.transport` says. */
  chosen(way: Way): boolean;
  /** How this machine's clock is beside the hub's. */
  clock(): Promise<ClockVerdict>;
  /**
   * Who is behind the port that is asked by HTTPS.
   * @throws Unmet naming what must be mended before anything can be asked
   */
  askable(): Promise<Peer>;
}

export interface NetworkOptions {
  readonly config: LoadedConfig["values"]["link"];
  readonly target: Target;
  readonly ca: string | undefined;
  readonly clock: Clock;
}

export function createNetwork({ config, target, ca, clock }: NetworkOptions): Network {
  const { host, mqttPort } = target;
  const { transport, webSocketPort } = config;
  const proxy = proxyOf(config);
  const knocks = new Map<Way, Promise<Knocked>>();
  let named: Promise<Named> | undefined;

  async function lookUp(): Promise<Named> {
    if (isIP(host) !== 0) return { unasked: `${host} is an address` };
    try {
      const found = await within(NAME_LIMIT_MS, clock, lookup(host, { all: true }));
      return { addresses: found.map(({ address }) => address) };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
      if (proxy !== undefined) return { unasked: `${host} does not resolve here; the proxy looks it up` };
      return { code };
    }
  }

  const name = (): Promise<Named> => {
    named ??= proxy !== undefined && transport === "websockets" ? viaProxy() : lookUp();
    return named;
  };
  const viaProxy = async (): Promise<Named> => ({ unasked: "the proxy looks it up" });

  async function tryDoor(way: Way): Promise<Knocked> {
    const found = await name();
    if ("code" in found) throw after("dns");
    if (way === "mqtt" && proxy !== undefined && "unasked" in found && isIP(host) === 0)
      throw new Unmet(`${host} does not resolve here, and only WebSockets take the proxy, which looks it up`);
    const port = way === "mqtt" ? mqttPort : webSocketPort;
    return abortAfter(KNOCK_LIMIT_MS, clock, (signal) => knock({ way, host, port, ca, proxy, signal }));
  }

  function knockOnce(way: Way): Promise<Knocked> {
    const going = knocks.get(way) ?? tryDoor(way);
    knocks.set(way, going);
    return going;
  }

  const chosen = (way: Way): boolean => transport === "auto" || transport === way;

  async function findMisled(): Promise<Misled | undefined> {
    const found = await name();
    if (!("addresses" in found) || proxy !== undefined) return undefined;
    const why = await misleading(host, found.addresses);
    if (why === undefined) return undefined;
    const failures = (await Promise.all(WAYS.filter(chosen).map(knockOnce))).map(({ failure }) => failure);
    if (failures.includes(undefined)) return undefined;
    // This machine itself is never silent, unless it has a firewall between.
    const isSilent = failures.some((failure) => failure?.reason === "timeout-dialing");
    return isSilent && found.addresses.every(isLoopback) ? undefined : { why, addresses: found.addresses };
  }

  async function judgeClock(): Promise<ClockVerdict> {
    const here = clock.wallClock();
    const { peer } = await knockOnce("websockets");
    return compareClocks(here, peer?.time);
  }

  return {
    name,
    knock: knockOnce,
    async refusedUpgrade() {
      const { peer } = await knockOnce("websockets");
      // Who is not to be trusted is told of as that.
      if (peer === undefined || peer.doubt !== undefined) return undefined;
      return abortAfter(KNOCK_LIMIT_MS, clock, (signal) =>
        refusedUpgrade({ host, port: webSocketPort, ca, proxy, signal }).catch(() =>
          signal.aborted ? "no answer" : "the connection was closed",
        ),
      );
    },
    misled: findMisled,
    chosen,
    clock: judgeClock,
    async askable() {
      const { peer, failure } = await knockOnce("websockets");
      if (peer === undefined && transport === "mqtt") {
        throw new Unmet(`${host}:${webSocketPort} does not answer, and only there can it be asked`);
      }
      if (peer === undefined) throw after(isOfProxy(failure, proxy) ? "proxy" : "websockets");
      if ((await judgeClock()).verdict === "wrong") throw after("clock");
      if (peer.doubt !== undefined) throw after("tls");
      return peer;
    },
  };
}

/** Whether a failure on the way through a proxy is the proxy's own, and not of what is behind it. */
export function isOfProxy(
  failure: NonNullable<Knocked["failure"]>,
  proxy: string | null | undefined,
): boolean {
  if (proxy === null || proxy === undefined) return false;
  // No certificate of the hub's makes a knock fail: it is the proxy to which TLS was spoken first.
  return failure.class === "network" || (failure.class === "tls" && proxy.startsWith("https:"));
}

/** Rejects with the code ETIMEOUT if it takes longer. */
async function within<T>(milliseconds: number, clock: Clock, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.setTimer(milliseconds, () =>
    late.reject(Object.assign(new Error("it took too long"), { code: "ETIMEOUT" })),
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cancel();
  }
}

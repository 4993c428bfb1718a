import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type LocalHub,
  type LocalHubEvent,
  type LocalHubOptions,
  startLocalHub,
} from "../../../src/local-hub/index.ts";
import type { CleanUp } from "../../support/clean-up.ts";
import { callMethod } from "../../support/hub/call-method.ts";
import type { AgentUnderTest } from "./agent.ts";
import { type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";
import { agentSlot, type Scene, type StartAgent } from "./scene.ts";

export const DEVICE_ID = "pi-1";
/** What the agent has only if its configuration says so. */
export const SECONDARY_KEY = createHmac("sha256", "a test").update("secondary").digest("base64");

/** The local hub behind the road: registry, service side and all. */
export interface LocalScene<A extends AgentUnderTest = AgentUnderTest> extends Scene {
  readonly agent: A;
  /** The road to the hub's other port, for WebSockets; `proxy` is the one for MQTT. */
  readonly webProxy: FaultyProxy;
  /** The one that runs, or ran last. */
  readonly hub: LocalHub;
  /** All that the hub told so far. */
  readonly events: readonly LocalHubEvent[];
  /** How far the hub's clock is ahead of this machine's, in milliseconds. */
  hubAhead: number;
  /** The key that the agent has in the beginning. */
  readonly deviceKey: string;
  /** What the agent reads: its connection string, and whom it trusts. */
  readonly files: { readonly connectionString: string; readonly ca: string };
  /** A folder for another hub than this. */
  readonly elsewhere: string;
  /** To be done when the scene closes. */
  atEnd(undo: () => unknown): void;
  /** Ends the hub, as a machine that is switched off. */
  stopHub(): Promise<void>;
  /** Starts it again with what it had on disk, certificate authority included, or with other options. */
  startHub(options?: LocalHubOptions): Promise<void>;
}

export interface LocalSceneOptions<A extends AgentUnderTest> {
  readonly cleanUp: CleanUp;
  readonly start: StartAgent<A>;
  readonly hub?: LocalHubOptions;
  /** The name by which the agent knows the hub; localhost if left out. */
  readonly hostName?: string;
}

export async function openLocalScene<A extends AgentUnderTest>(
  options: LocalSceneOptions<A>,
): Promise<LocalScene<A>> {
  const { cleanUp, start, hostName = "localhost" } = options;
  const dataDirectory = await cleanUp.folder();
  const elsewhere = await cleanUp.folder();
  const undos: (() => unknown)[] = [];
  const slot = agentSlot(cleanUp, start);
  const events: LocalHubEvent[] = [];
  let ahead = 0;
  const launch = (more: LocalHubOptions = {}): Promise<LocalHub> =>
    startLocalHub({
      dataDirectory,
      now: () => Date.now() + ahead,
      ...options.hub,
      log(event) {
        events.push(event);
        options.hub?.log?.(event);
      },
      ...more,
    });
  let hub = await launch();
  const { primaryKey: deviceKey } = await hub.registry.create({
    deviceId: DEVICE_ID,
    secondaryKey: SECONDARY_KEY,
  });
  const targetOf = (port: number) => ({ host: "127.0.0.1", port });
  const proxy = await startFaultyProxy(targetOf(hub.mqttPort));
  const webProxy = await startFaultyProxy(targetOf(hub.httpsPort));
  const agentFolder = await cleanUp.folder();
  const files = {
    connectionString: join(agentFolder, "connection-string"),
    ca: join(agentFolder, "ca.pem"),
  } as const;
  const connectionString = hub.deviceConnectionString(DEVICE_ID, { hostName });
  const overTheRoad = `HostName=${hostName}:${proxy.port}`;
  await writeFile(files.connectionString, connectionString.replace(/^HostName=[^;]+/, overTheRoad));
  await writeFile(files.ca, hub.ca);

  return {
    proxy,
    webProxy,
    get open() {
      return proxy.open + webProxy.open;
    },
    deviceKey,
    files,
    elsewhere,
    atEnd: (undo) => undos.push(undo),
    get agent() {
      return slot.agent;
    },
    get hub() {
      return hub;
    },
    events,
    get hubAhead() {
      return ahead;
    },
    set hubAhead(milliseconds) {
      ahead = milliseconds;
    },
    startAgent: (config = {}) =>
      slot.start({
        connectionStringFile: files.connectionString,
        caFile: files.ca,
        config: { HUBHAND_LINK_WEB_SOCKET_PORT: String(webProxy.port), ...config },
      }),
    call: (methodName, payload = null, more = {}) =>
      callMethod(hub, DEVICE_ID, { methodName, payload, connectTimeoutInSeconds: 5, ...more }),
    stopHub: () => hub.stop(),
    async startHub(more) {
      await hub.stop();
      hub = await launch(more);
      proxy.target = targetOf(hub.mqttPort);
      webProxy.target = targetOf(hub.httpsPort);
    },
    async close() {
      for (const undo of undos.splice(0).reverse()) await undo();
      proxy.stop();
      webProxy.stop();
      await hub.stop();
    },
  };
}

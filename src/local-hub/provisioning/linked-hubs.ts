import { mqttAddress } from "../credentials/connection-strings.ts";
import type { DeviceRegistry } from "../identities/registry.ts";
import { withoutPort } from "../ports/host-names.ts";
import type { Twins } from "../twins/twins.ts";

/** A local hub, as far as provisioning needs one. */
export interface AssignableHub {
  readonly mqttPort: number;
  readonly registry: DeviceRegistry;
  /** Its twins; without them a device's initial twin is left out, and nothing of its twin moves to another hub. */
  readonly twins?: Pick<Twins, "get" | "replace" | "report">;
}

/** A hub, and the name by which the device is told of it. */
export interface NamedHub {
  hub: AssignableHub;
  hostName: string;
}

/** The hubs that the provisioning service puts devices into (learn.microsoft.com, "linked IoT hub"). */
export interface LinkedHubs {
  /** The names that devices are told, the first hub's first. */
  readonly hostNames: readonly string[];
  /** By a name, with or without port, in any spelling. */
  find(hostName: string): NamedHub | undefined;
  /** What stands for a linked hub in what is kept, whatever its port; undefined for another hub. */
  keyOf(hub: AssignableHub): string | undefined;
  /** The hub of a key, by the name that was told before: with the port that it has now. */
  byKey(key: string, toldBefore: string): NamedHub | undefined;
}

/** The key of the hub that has no name of its own. */
const MAIN = "";

/**
 * `main` is the hub that the service was started beside, known by all of `mainNames`, of which devices are told `hostName`;
 * the others have one name each.
 */
export function createLinkedHubs(options: {
  main: AssignableHub;
  hostName: string;
  mainNames: readonly string[];
  others: Readonly<Record<string, AssignableHub>>;
}): LinkedHubs {
  const { main, mainNames } = options;
  const others = Object.entries(options.others).map(([key, hub]) => ({ key, hub, hostName: told(key, hub) }));
  const all = [{ key: MAIN, hub: main }, ...others];
  const mainHostName = mqttAddress(options.hostName.toLowerCase(), main.mqttPort);
  return {
    hostNames: [mainHostName, ...others.map(({ hostName }) => hostName)],
    find(given) {
      const exact = others.find(({ hostName }) => hostName.toLowerCase() === given.toLowerCase());
      if (exact) return exact;
      if (given.toLowerCase() === mainHostName) return { hub: main, hostName: mainHostName };
      // Without its port a name says which hub only where no other has it.
      const name = withoutPort(given);
      if (given.toLowerCase() !== name) return undefined;
      if (mainNames.includes(name)) return { hub: main, hostName: mqttAddress(given, main.mqttPort) };
      return others.find(({ hostName }) => withoutPort(hostName) === name);
    },
    keyOf: (hub) => all.find((linked) => linked.hub.registry === hub.registry)?.key,
    byKey(key, toldBefore) {
      const hub = all.find((linked) => linked.key === key)?.hub;
      if (hub === undefined) return undefined;
      const name = withoutPort(toldBefore);
      const isOwn = hub === main && mainNames.includes(name);
      return { hub, hostName: isOwn ? mqttAddress(name, main.mqttPort) : toldBefore };
    },
  };
}

function told(name: string, hub: AssignableHub): string {
  return withoutPort(name) === name.toLowerCase() ? mqttAddress(name, hub.mqttPort) : name;
}

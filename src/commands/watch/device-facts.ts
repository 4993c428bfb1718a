import type { Row } from "../../service/index.ts";
import { type DeviceRow, stateOf, valueAt } from "../devices/device-row.ts";
import { openWishes, type Wish } from "./wishes.ts";

/** What is watched of a device: what its twin says (docs/twin.md tells what hubhand reports). */
export interface DeviceFacts {
  readonly state: DeviceRow["state"];
  readonly version?: string;
  /** What the operator calls what runs there. */
  readonly revision?: string;
  /** When this run of the agent began; ISO 8601. */
  readonly startedAt?: string;
  /** How the run before ended. */
  readonly lastExit?: string;
  /** How often this run came online. */
  readonly connects?: number;
  /** The last failure of the link: `lost (keepalive)`. */
  readonly linkFailure?: string;
  /** Plugins that are down, and why. */
  readonly down: ReadonlyMap<string, string>;
  /** What is desired and not in force, by its name: `relay.colour`. */
  readonly wishes: ReadonlyMap<string, Wish>;
}

/** Reads a whole twin, as a query gives it. */
export function readFacts(twin: Row): DeviceFacts {
  const at = (...path: string[]) => valueAt(twin, ["properties", "reported", ...path]);
  const connects = at("link", "connects");
  return {
    state: stateOf(twin),
    ...textAt("version", at("agent", "version")),
    ...textAt("revision", at("agent", "revision")),
    ...textAt("startedAt", at("agent", "startedAt")),
    ...textAt("lastExit", at("agent", "lastExit", "reason")),
    ...(typeof connects === "number" ? { connects } : {}),
    ...textAt("linkFailure", failureOf(at("link", "lastFailure"))),
    down: downOf(at("plugins")),
    wishes: openWishes(twin),
  };
}

function failureOf(failure: unknown): string | undefined {
  const kind = valueAt(failure, ["class"]);
  const reason = valueAt(failure, ["reason"]);
  if (typeof kind !== "string") return undefined;
  return typeof reason === "string" ? `${kind} (${reason})` : kind;
}

function downOf(plugins: unknown): Map<string, string> {
  const entries = typeof plugins === "object" && plugins !== null ? Object.entries(plugins) : [];
  return new Map(
    entries
      .filter(([, plugin]) => valueAt(plugin, ["up"]) === false)
      .map(([name, plugin]) => [name, String(valueAt(plugin, ["problem"]) ?? "it does not say why")]),
  );
}

const textAt = <Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } =>
  typeof value === "string" ? ({ [name]: value } as { [Key in Name]: string }) : {};

import type { Row } from "../../service/index.ts";
import { valueAt } from "../devices/device-row.ts";

/** Something that is desired and not in force. */
export interface Wish {
  /** `waiting`: the device has not answered yet; `refused`: it has, and says why. */
  readonly state: "waiting" | "refused";
  readonly why?: string;
  /** The `$version` of the desired properties in which it was changed. */
  readonly version?: number;
}

/** The properties at the root that hubhand answers; others there are somebody else's (docs/twin.md). */
const OWN = ["logLevel", "heartbeatInterval", "enabledPlugins", "tasks"];

/** What is desired of a device and not in force, by name. Pure; of a device that follows no twin there is nothing. */
export function openWishes(twin: Row): Map<string, Wish> {
  const desired = recordAt(twin, ["properties", "desired"]);
  const reported = recordAt(twin, ["properties", "reported"]);
  const metadata = desired.$metadata;
  const open = new Map<string, Wish>();
  if (valueAt(reported, ["agent", "followsTwin"]) !== true) return open;

  const look = (path: readonly string[]) => {
    const changedIn = valueAt(metadata, [...path, "$lastUpdatedVersion"]);
    const version = typeof changedIn === "number" ? { version: changedIn } : {};
    const wish = judge(valueAt(reported, path), typeof changedIn === "number" ? changedIn : 0);
    if (wish !== undefined) open.set(path.join("."), { ...wish, ...version });
  };
  for (const [name, value] of Object.entries(desired)) {
    if (name.startsWith("$")) continue;
    if (OWN.includes(name)) look([name]);
    else if (isComponent(value, valueAt(reported, ["plugins", name]))) {
      for (const key of Object.keys(value)) if (key !== "__t") look([name, key]);
    }
  }
  return open;
}

/** A component that no plugin of the device has is nobody's wish to it yet. */
function isComponent(value: unknown, plugin: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && plugin !== undefined;
}

/** The device's answer: `ac`, `av`, `ad` (docs/twin.md). */
function judge(answer: unknown, changedIn: number): Wish | undefined {
  const ac = valueAt(answer, ["ac"]);
  const av = valueAt(answer, ["av"]);
  const ad = valueAt(answer, ["ad"]);
  if (typeof ac !== "number" || typeof av !== "number" || av < changedIn) return { state: "waiting" };
  if (ac < 400) return undefined;
  return { state: "refused", why: `${ac}${typeof ad === "string" ? ` ${ad}` : ""}` };
}

function recordAt(document: unknown, path: readonly string[]): Readonly<Record<string, unknown>> {
  const value = valueAt(document, path);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

import { isObject } from "../twins/json.ts";
import type { JsonObject, JsonValue } from "../twins/twins.ts";

/**
 * How twins hold what a digital twin shows (learn.microsoft.com, "IoT Plug and Play conventions"): a component is an object
 * marked `"__t":"c"`, a property that the device acknowledges is `{value,ac,av,ad}`.
 */
export const COMPONENT_MARK = "__t";

export interface Acknowledged extends JsonObject {
  value: JsonValue;
  /** As an HTTP status. */
  ac: JsonValue;
}

export function isComponent(value: JsonValue | undefined): value is JsonObject {
  return isObject(value) && value[COMPONENT_MARK] === "c";
}

export function isAcknowledged(value: JsonValue | undefined): value is Acknowledged {
  return isObject(value) && Object.hasOwn(value, "value") && Object.hasOwn(value, "ac");
}

/** The names of properties and components in a part of a twin: not the hub's own, nor the mark. */
export function namesIn(part: JsonObject): string[] {
  return Object.keys(part).filter((name) => !name.startsWith("$") && name !== COMPONENT_MARK);
}

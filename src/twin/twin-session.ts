import type { PropertyObject } from "./properties.ts";

/** Both sides of a twin as the hub sends them to its device, each with its `$version`. */
export interface TwinDocument {
  readonly desired: PropertyObject;
  readonly reported: PropertyObject;
}

/** What the twin needs of a connection to the hub. All reject with its end, and after a time-out. */
export interface TwinSession {
  /** Resolves when the connection is over. */
  readonly ended: Promise<unknown>;
  /** Resolves when the hub would send changes of desired properties. */
  listen(to: "twin"): Promise<void>;
  /** A failure that the hub answered has its `status`. */
  getTwin(): Promise<TwinDocument>;
  /** Merges the patch into what the hub has; resolves to the new `$version`. Fails as `getTwin`. */
  reportProperties(patch: PropertyObject): Promise<number>;
}

/** What the hub answered, if it was the hub who refused. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  return typeof error.status === "number" ? error.status : undefined;
}

/** Whether the same would be refused again: not so if the hub is busy, has a fault, or does not know the device yet. */
export function isFinal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && ![401, 404, 408, 429].includes(status);
}

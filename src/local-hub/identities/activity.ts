import { messageOf } from "../../errors.ts";
import { clientIdOf } from "../client-id.ts";
import type { LocalHubEvent, LogEvent } from "../events.ts";
import type { Store } from "../store/store.ts";

/** What the registry and the twins show of a client's connection; times are ISO 8601, null if it never happened. */
export interface ActivityOf {
  connectionState: "Connected" | "Disconnected";
  connectionStateUpdatedTime: string | null;
  /** When the client last connected, sent or was sent something, or answered. */
  lastActivityTime: string | null;
}

export interface Activity {
  /** Of a device (`device`) or module (`device/module`). */
  of(clientId: string): ActivityOf;
  /** Passes the hub's events on, and learns from them. */
  follow(log: LogEvent): LogEvent;
  /** Nothing is kept after it. */
  close(): void;
}

/** Milliseconds since 1970. */
interface Kept {
  stateChangedAt?: number;
  activeAt?: number;
}

/** What only a connected client can have caused. */
const SIGNS_OF_LIFE: ReadonlySet<string> = new Set<LocalHubEvent["event"]>([
  "connected",
  "subscribed",
  "message",
  "reply-ignored",
  "twin-read",
  "twin-reported",
  "twin-refused",
]);

/**
 * When each device and module was last heard of. The state itself is asked of the connections, which are the truth; only
 * the times are held here. They are kept at each change of the state, so that a message costs no write: after `kill -9`
 * the last activity is that of the last connect, which the service would call late too (learn.microsoft.com, "Understand
 * the identity registry", "Device heartbeat").
 */
export function createActivity(options: {
  store: Store;
  exists: (clientId: string) => boolean;
  isConnected: (clientId: string) => boolean;
  now: () => number;
}): Activity {
  const { store, exists, isConnected, now } = options;
  const table = store.table<Kept>("activity");
  const times = new Map(table.kept());
  let closed = false;
  let tell: LogEvent = () => {};

  /** To be called by whoever tells the hub what happened: it must go on where nothing can be kept, be it that the disk is full. */
  function keep(write: () => void): void {
    if (closed) return;
    try {
      write();
    } catch (error) {
      tell({ event: "fault", reason: messageOf(error) });
    }
  }

  function forget(clientId: string): void {
    const old = times.get(clientId);
    if (old === undefined) return;
    times.delete(clientId);
    store.onUndone(() => times.set(clientId, old));
    keep(() => table.remove(clientId));
  }

  /** Cheap, as it is done for every message. */
  function note(clientId: string, change: Kept): Kept | undefined {
    const noted = times.get(clientId);
    if (noted !== undefined) return Object.assign(noted, change);
    // A connection ends after its device was deleted, and must not bring it back.
    if (!exists(clientId)) return undefined;
    times.set(clientId, change);
    return change;
  }

  function noteAndKeep(clientId: string, change: Kept): void {
    const noted = note(clientId, change);
    if (noted !== undefined) keep(() => table.put(clientId, noted));
  }

  function learn(event: LocalHubEvent): void {
    // Who was refused only claimed to be that device.
    if (!("deviceId" in event) || event.event === "refused" || event.event === "registration") return;
    // What a fault does to it is nothing that it did.
    if (event.event === "fault-struck") return;
    const clientId = clientIdOf(event);
    const at = now();
    switch (event.event) {
      case "device-changed":
      case "module-changed":
        if (event.change === "deleted") forget(clientId);
        return;
      case "connected":
        noteAndKeep(clientId, { stateChangedAt: at, activeAt: at });
        return;
      case "disconnected":
        // Of a connection that a newer one took over: the client is connected, and has been all the time. Of one that
        // nothing is known of: its device was deleted, and the one that has the id now never connected.
        if (!isConnected(clientId) && times.has(clientId)) noteAndKeep(clientId, { stateChangedAt: at });
        return;
      case "message-to-device":
        // Handed to it, or acknowledged by it; the other ends of a message need no device.
        if (event.state === "sent" || event.state === "completed") note(clientId, { activeAt: at });
        return;
      case "desired-changed":
        if (event.told) note(clientId, { activeAt: at });
        return;
      case "method-called":
        if (event.outcome === "answered") note(clientId, { activeAt: at });
        return;
      default:
        if (SIGNS_OF_LIFE.has(event.event)) note(clientId, { activeAt: at });
    }
  }

  return {
    of(clientId) {
      const { stateChangedAt, activeAt } = times.get(clientId) ?? {};
      return {
        connectionState: isConnected(clientId) ? "Connected" : "Disconnected",
        connectionStateUpdatedTime: timeOf(stateChangedAt),
        lastActivityTime: timeOf(activeAt),
      };
    },
    follow(log) {
      tell = log;
      return (event) => {
        learn(event);
        log(event);
      };
    },
    close() {
      closed = true;
    },
  };
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}

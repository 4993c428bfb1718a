import { devicesQuery, type Row } from "../../service/index.ts";

/** A device, or a module of one, as the list shows it. */
export interface DeviceRow {
  readonly deviceId: string;
  readonly moduleId?: string;
  /** What the hub's twin says, which may be late; `disabled` whatever the connection. */
  readonly state: "connected" | "disconnected" | "disabled";
  /** ISO 8601; null if there never was one. */
  readonly lastActivity: string | null;
  /** Of hubhand, as it reported it; null if nothing did. */
  readonly version: string | null;
  /** What the operator calls what runs there (`twin.revision`), as the device reported it; null if it did not. */
  readonly revision: string | null;
  /** Since when it runs just that, by the device's clock; ISO 8601. */
  readonly since: string | null;
  readonly tags?: unknown;
}

export interface ListQuery {
  /** What stands behind WHERE; all if absent, or `*`. */
  readonly condition?: string | undefined;
  readonly modules: boolean;
  readonly tags: boolean;
}

/** The query whose rows `readDeviceRow` reads. Of devices it asks for no more than is shown: the hub charges by the KiB. */
export function listQuery({ condition, modules, tags }: ListQuery): string {
  // Of modules Microsoft's pages show no other form.
  if (modules) return devicesQuery("*", condition, "devices.modules");
  const columns = [
    "deviceId",
    "status",
    "connectionState",
    "lastActivityTime",
    "properties.reported.agent.version AS agentVersion",
    "properties.reported.agent.revision AS agentRevision",
    "properties.reported.agent.since AS agentSince",
    ...(tags ? ["tags"] : []),
  ];
  return devicesQuery(columns.join(", "), condition);
}

/** How the hub writes a time that never was. */
const NEVER = "0001-01-01T00:00:00";

export function readDeviceRow(row: Row, { tags }: Pick<ListQuery, "tags">): DeviceRow {
  const { deviceId, moduleId, lastActivityTime } = row;
  const seen = typeof lastActivityTime === "string" && !lastActivityTime.startsWith(NEVER);
  const told = (name: string, column: unknown): string | null => {
    const value = column ?? valueAt(row, ["properties", "reported", "agent", name]);
    return typeof value === "string" ? value : null;
  };
  return {
    deviceId: String(deviceId),
    ...(typeof moduleId === "string" ? { moduleId } : {}),
    state: stateOf(row),
    lastActivity: seen ? lastActivityTime : null,
    version: told("version", row.agentVersion),
    revision: told("revision", row.agentRevision),
    since: told("since", row.agentSince),
    ...(tags ? { tags: row.tags ?? {} } : {}),
  };
}

/** The state of a device by its twin. */
export function stateOf({ status, connectionState }: Row): DeviceRow["state"] {
  if (String(status).toLowerCase() === "disabled") return "disabled";
  return String(connectionState).toLowerCase() === "connected" ? "connected" : "disconnected";
}

/** What is there in a document, undefined if nothing is. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined,
    document,
  );
}

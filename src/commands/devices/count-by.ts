import { devicesQuery, type ServiceClient } from "../../service/index.ts";
import type { VerbIo } from "../back-end/verb-io.ts";
import { safeJson, safeText } from "../terminal/safe-text.ts";
import { createTable } from "../terminal/table.ts";

/** Short names of what is counted by most. */
const PATHS: Readonly<Record<string, string>> = {
  version: "properties.reported.agent.version",
  revision: "properties.reported.agent.revision",
  state: "connectionState",
};

export interface CountByOptions {
  readonly client: ServiceClient;
  readonly io: VerbIo;
  readonly json: boolean;
  readonly condition?: string | undefined;
  /** `version`, `revision`, `state`, or a path in the twin: `tags.site`. */
  readonly by: string;
}

/** Counts devices by a property, in the hub: one query, however many devices there are. */
export async function countBy({ client, io, json, condition, by }: CountByOptions): Promise<void> {
  const path = PATHS[by] ?? by;
  const select = devicesQuery(`${path} AS grouped, COUNT() AS numberOfDevices`, condition);
  const groups: { value: unknown; devices: number }[] = [];
  for await (const rows of client.query(`${select} GROUP BY ${path}`)) {
    for (const { grouped = null, numberOfDevices } of rows) {
      groups.push({ value: spelt(path, grouped), devices: Number(numberOfDevices) });
    }
  }
  groups.sort((one, other) => other.devices - one.devices);
  if (json) return io.write(groups.map((group) => `${safeJson(group)}\n`).join(""));
  const all = groups.reduce((sum, { devices }) => sum + devices, 0);
  const cells = groups.map(({ value, devices }) => [String(devices), shareOf(devices, all), textOf(value)]);
  io.write(createTable(["DEVICES", "SHARE", by in PATHS ? by.toUpperCase() : by]).rows(cells));
}

/** States as the list has them: the hub writes `Connected`. */
const spelt = (path: string, value: unknown): unknown =>
  path === PATHS.state && typeof value === "string" ? value.toLowerCase() : value;

const shareOf = (devices: number, all: number): string => `${((100 * devices) / all).toFixed(1)} %`;

const textOf = (value: unknown): string =>
  value === null ? "(none)" : typeof value === "string" ? safeText(value) : safeJson(value);

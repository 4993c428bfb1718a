import { device } from "./device/device.ts";
import { fleet } from "./fleet/fleet.ts";

/** What Grafana is given: the text of each file in `deploy/grafana/dashboards`. */
export const dashboardFiles = (): Readonly<Record<string, string>> => ({
  "fleet.json": textOf(fleet()),
  "device.json": textOf(device()),
});

const textOf = (dashboard: object): string => `${JSON.stringify(dashboard, undefined, 2)}\n`;

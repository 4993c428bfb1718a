import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./engine.ts";

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
  readonly targets?: readonly { readonly expr: string }[];
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
}

/** The dashboard that Grafana is given. */
export function readDashboard(): Dashboard {
  return JSON.parse(
    readFileSync(path.join(ROOT, "deploy/grafana/dashboards/hubhand.json"), "utf8"),
  ) as Dashboard;
}

/** Every query of the dashboard, as Grafana would send it with all devices and methods chosen. */
export function queriesOf(dashboard: Dashboard): { title: string; query: string; mayBeEmpty: boolean }[] {
  return dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr }) => ({
      title: panel.title,
      query: expr.replaceAll("$__rate_interval", "30s").replaceAll(/\$(job|instance|method)\b/g, ".*"),
      mayBeEmpty: panel.fieldConfig?.defaults.noValue !== undefined,
    })),
  );
}

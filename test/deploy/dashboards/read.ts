import { readFileSync } from "node:fs";

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
    readonly overrides: readonly { readonly matcher: { readonly options: string } }[];
  };
  readonly targets?: readonly Target[];
  readonly transformations?: readonly { readonly id: string; readonly options: Record<string, unknown> }[];
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
  readonly regex?: string;
  readonly allValue?: string;
  readonly includeAll?: boolean;
  readonly multi?: boolean;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

export const FOLDER = new URL("../../../deploy/grafana/dashboards/", import.meta.url);

export const DASHBOARD_NAMES = ["fleet", "device"] as const;

/** A dashboard as Grafana is given it. */
export const readDashboard = (name: (typeof DASHBOARD_NAMES)[number]): Dashboard =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as Dashboard;

/** Those that show something, rows left out. */
export const panelsOf = ({ panels }: Dashboard): readonly Panel[] =>
  panels.filter(({ type }) => type !== "row");

/** Everything of it that is PromQL. */
export const queriesIn = (dashboard: Dashboard): string[] => [
  ...panelsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.flatMap(({ definition }) => definition ?? []),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];

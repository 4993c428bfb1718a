import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  type AnnotationQuery,
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Row } from "./describe.ts";
import { DATASOURCE } from "./text.ts";

export interface DashboardOptions {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations: readonly { readonly name: string; readonly expr: string; readonly colour: string }[];
  readonly rows: readonly Row[];
}

/** Rows one below the other, panels in them from left to right, numbered in that order. */
export function dashboardOf(options: DashboardOptions): Dashboard {
  const { uid, title, description, from, variables, annotations, rows } = options;
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["hubhand"])
    .time({ from, to: "now" })
    .refresh("30s")
    .timezone("browser")
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotations(annotations.map(annotationOf))
    .link(
      new DashboardLinkBuilder("hubhand")
        .type(DashboardLinkType.Dashboards)
        .tags(["hubhand"])
        .includeVars(true)
        .keepTime(true),
    );
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  dashboard.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return dashboard;
}

function annotationOf({
  name,
  expr,
  colour,
}: DashboardOptions["annotations"][number]): Builder<AnnotationQuery> {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(colour)
    .expr(expr)
    .step("1m")
    .titleFormat(name)
    .textFormat("{{alertname}} {{instance}}");
}

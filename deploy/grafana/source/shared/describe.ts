import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as HeatmapBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import type { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import type { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import type { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as GraphBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { DATASOURCE, NEUTRAL, type Steps, type Word } from "./text.ts";

export interface Query {
  readonly expr: string;
  /** What the series is called, with `{{label}}`; tables name their columns instead. */
  readonly legend?: string;
}

export interface PanelOptions {
  readonly title: string;
  /** What it shows, what good looks like, what to do. */
  readonly description: string;
  readonly unit: string;
  /** Of 24. */
  readonly width: number;
  readonly height?: number;
  readonly queries: readonly Query[];
  /** What stands there when there is nothing, where that is no fault. */
  readonly none?: string;
  readonly steps?: Steps;
  readonly words?: readonly Word[];
}

type AnyBuilder = GraphBuilder | StatBuilder | TableBuilder | TimelineBuilder | HeatmapBuilder;

/** A row's panels, from left to right. */
export type Panels = readonly Builder<Panel>[];

export interface Row {
  readonly title: string;
  readonly panels: Panels;
}

/** How Prometheus is asked: over time, now, or now as the rows of a table. */
export type Asked = "over time" | "by bucket" | "now" | "as table";

/** What all kinds of panels have. */
export function describe<Kind extends AnyBuilder>(builder: Kind, asked: Asked, options: PanelOptions): Kind {
  const { title, description, unit, width, height = 8, queries, none, steps = NEUTRAL, words } = options;
  builder
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(width)
    .height(height)
    .targets(queries.map((query, index) => targetOf(query, index, asked)))
    .thresholds(thresholdsOf(steps));
  // A look at so many points of the time that is shown is exact enough for a number, and cheap with many devices.
  if (asked === "now" || asked === "as table") builder.maxDataPoints(100);
  if (none !== undefined) builder.noValue(none);
  if (words !== undefined) builder.mappings([mappingOf(words)]);
  return builder;
}

function targetOf({ expr, legend }: Query, index: number, asked: Asked): DataqueryBuilder {
  const target = new DataqueryBuilder()
    .refId(String.fromCharCode("A".charCodeAt(0) + index))
    .datasource(DATASOURCE)
    .expr(expr);
  if (legend !== undefined) target.legendFormat(legend);
  if (asked === "over time") return target.range();
  if (asked === "by bucket") return target.range().format(PromQueryFormat.Heatmap);
  return target.instant().format(asked === "as table" ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
}

export function thresholdsOf([first, ...steps]: Steps): Builder<ThresholdsConfig> {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...steps.map(([value, color]) => ({ value, color }))]);
}

export function mappingOf(words: readonly Word[]): ValueMapping {
  const options = words.map(({ value, text, colour }, index) => [value, { text, color: colour, index }]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

export const byThresholds = (): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Thresholds);

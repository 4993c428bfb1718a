import {
  TableCellDisplayMode,
  type TableCellOptions,
  TableSortByFieldStateBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { describe, mappingOf, type PanelOptions, thresholdsOf } from "./describe.ts";
import { type Steps, UNIT, type Word } from "./text.ts";

export interface Column {
  /** A label of the series, or the query (A, B, …) whose values these are. */
  readonly of: string;
  readonly title: string;
  readonly unit?: string;
  readonly steps?: Steps;
  readonly words?: readonly Word[];
  readonly width?: number;
  /** Opens the dashboard of the device in the column `instance`. */
  readonly opens?: true;
}

export interface TableOptions extends Omit<PanelOptions, "unit"> {
  readonly columns: readonly Column[];
  /** The label that is the same in all queries; rows of one value of it become one. */
  readonly joined?: string;
  /** Rows without this query's value are left out. */
  readonly only?: string;
  /** The title of the column that it is sorted by, largest first. */
  readonly sortedBy: string;
}

/** Keeps what is chosen: variables, time, data source. */
const DEVICE_LINK =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in.
  "/d/hubhand-device?${datasource:queryparam}&${job:queryparam}&var-device=${__data.fields.instance:percentencode}&${__url_time_range}";

const isQuery = (of: string): boolean => /^[A-Z]$/.test(of);

/** One row a series, or one a value of a label that all queries have; columns as they are listed. */
export function table({ columns, joined, only, sortedBy, ...options }: TableOptions): TableBuilder {
  const severalQueries = options.queries.length > 1;
  const fieldOf = (of: string): string => (!isQuery(of) ? of : severalQueries ? `Value #${of}` : "Value");
  const builder = describe(new TableBuilder(), "as table", { ...options, unit: UNIT.count });
  if (joined !== undefined)
    builder.withTransformation({ id: "joinByField", options: { byField: joined, mode: "outer" } });
  if (only !== undefined) {
    const filters = [{ fieldName: fieldOf(only), config: { id: "isNotNull", options: {} } }];
    builder.withTransformation({ id: "filterByValue", options: { filters, type: "include", match: "all" } });
  }
  const names = columns.map(({ of }) => fieldOf(of));
  builder
    .withTransformation({ id: "filterFieldsByName", options: { include: { names } } })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: Object.fromEntries(columns.map(({ of, title }) => [fieldOf(of), title])),
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortedBy).desc(true)]);
  for (const column of columns) builder.overrideByName(column.title, propertiesOf(column));
  return builder;
}

function propertiesOf({ unit, steps, words, width, opens }: Column): DynamicConfigValue[] {
  const coloured: TableCellOptions = { type: TableCellDisplayMode.ColorText };
  return [
    ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
    ...(steps === undefined ? [] : [{ id: "thresholds", value: thresholdsOf(steps).build() }]),
    ...(words === undefined ? [] : [{ id: "mappings", value: [mappingOf(words)] }]),
    ...(steps === undefined && words === undefined ? [] : [{ id: "custom.cellOptions", value: coloured }]),
    ...(width === undefined ? [] : [{ id: "custom.width", value: width }]),
    ...(opens === undefined
      ? []
      : [{ id: "links", value: [{ title: "Open this device", url: DEVICE_LINK, targetBlank: false }] }]),
  ];
}

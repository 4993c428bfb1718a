import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE } from "./text.ts";
import { withDeviceName } from "./who.ts";

const JOBS = 'job=~"$job"';

/** How Grafana writes what `query` is: 1 is `label_values`, 3 is `query_result`, as PromVariableQueryType has them. */
const KIND = { label_values: 1, query_result: 3 } as const;

function queryVariable(name: string, label: string, query: string): QueryVariableBuilder {
  const kind = query.startsWith("query_result") ? KIND.query_result : KIND.label_values;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: `variable-${name}`, qryType: kind })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);
}

const all = (variable: QueryVariableBuilder): QueryVariableBuilder =>
  variable
    .multi(true)
    .includeAll(true)
    .current({ text: ["All"], value: ["$__all"] });

const datasource = (): Builder<VariableModel> =>
  new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus");

/** No value of its own for all: `up` is asked for, and has the jobs of everybody else. */
const job = (): Builder<VariableModel> =>
  all(queryVariable("job", "Job", "label_values(hubhand_build_info, job)"));

/** In variables `$__interval` is that of scrapes: too often for a week. Who runs now is there at once, whatever this is. */
const seen = (series: string): string => `(${series} or last_over_time(${series}[$__range:1m]))`;

/**
 * By the device's name, and of those too that were there in the time that is shown; the value is the instance. One that never
 * told its name goes by its address.
 */
const DEVICES = `query_result(max by (device, instance) (${withDeviceName(seen(`hubhand_device_info{${JOBS}}`))}) or on (instance) label_replace(max by (instance) (${seen(`hubhand_build_info{${JOBS}}`)}), "device", "$1", "instance", "(.*)"))`;
const NAME_AND_INSTANCE = '/device="(?<text>[^"]+)".*instance="(?<value>[^"]+)"/';

const device = (): QueryVariableBuilder =>
  queryVariable("device", "Device", DEVICES).regex(NAME_AND_INSTANCE);

const method = (instance: string): Builder<VariableModel> =>
  all(
    queryVariable(
      "method",
      "Method",
      `label_values(hubhand_method_calls_total{${JOBS}, ${instance}}, method)`,
    ),
  ).allValue(".*");

const plugin = (instance: string): Builder<VariableModel> =>
  all(
    queryVariable("plugin", "Plugin", `label_values(hubhand_plugin_up{${JOBS}, ${instance}}, plugin)`),
  ).allValue(".*");

/** Several devices, or all: those too that never told their name. */
export const fleetVariables = (): Builder<VariableModel>[] => [
  datasource(),
  job(),
  all(device()).allValue(".*"),
  method('instance=~"$device"'),
  plugin('instance=~"$device"'),
];

export const deviceVariables = (): Builder<VariableModel>[] => [
  datasource(),
  job(),
  device(),
  method('instance="$device"'),
  plugin('instance="$device"'),
];

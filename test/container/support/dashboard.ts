import { type Filling, fillIn } from "../../deploy/dashboards/fill-in.ts";
import { panelsOf, readDashboard } from "../../deploy/dashboards/read.ts";

const ALL = { all: ".*" };
/** As Grafana fills it in where compose's Prometheus scrapes every five seconds, over a quarter of an hour. */
const FILLING: Filling = {
  ...{ job: "hubhand", device: ALL, method: ALL },
  ...{ plugin: ALL, __rate_interval: "20s", __interval: "5s", __range: "15m" },
};

/** Every query of the fleet's dashboard, as Grafana would send it with all devices chosen. */
export const queriesOfFleet = (): { title: string; query: string; mayBeEmpty: boolean }[] =>
  panelsOf(readDashboard("fleet")).flatMap(({ title, targets = [], fieldConfig }) =>
    targets.map(({ expr }) => ({
      title,
      query: fillIn(expr, FILLING),
      mayBeEmpty: fieldConfig?.defaults.noValue !== undefined,
    })),
  );

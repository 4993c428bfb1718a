import type { Clock } from "../../clock.ts";
import type { Config } from "../../config/schema.ts";
import { type LinkInstruments, observeLink } from "../../link/observer.ts";
import type { LinkObserver } from "../../link/supervisor.ts";
import { createHistory, type History } from "../../observe/history.ts";
import { remembering } from "./history.ts";
import { createLinkStatistics, type LinkStatistics } from "./statistics.ts";

/** How many changes of the link are remembered for a support bundle: some hours of a bad day. */
const LINK_HISTORY = 500;

/** What is written down of the link, for metrics, twin, status page and support bundle. */
export interface LinkRecord {
  readonly history: History;
  statistics(): LinkStatistics;
  /**
   * Milliseconds since the hub last proved that calls reach the device, on a clock that never jumps; undefined before the
   * first time.
   */
  sinceChecked(): number | undefined;
  /** Whom the link tells. */
  readonly observer: LinkObserver;
}

export interface LinkRecordOptions {
  readonly config: Pick<Config, "link">;
  readonly metrics: LinkInstruments;
  readonly clock: Clock;
}

export function createLinkRecord({ config, metrics, clock }: LinkRecordOptions): LinkRecord {
  const history = createHistory({ most: LINK_HISTORY, clock });
  const statistics = createLinkStatistics(clock);
  const observer = statistics.counting(remembering(observeLink(metrics, config.link), history));
  let checked: number | undefined;
  return {
    history,
    statistics: statistics.current,
    sinceChecked: () => (checked === undefined ? undefined : clock.now() - checked),
    observer: {
      ...observer,
      checked() {
        checked = clock.now();
        observer.checked();
      },
    },
  };
}

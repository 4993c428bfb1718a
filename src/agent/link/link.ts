import type { Config } from "../../config/schema.ts";
import { createLink, type Link, type LinkOptions } from "../../link/link.ts";
import { observeIdentity } from "../../link/observer.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import type { Twin } from "../../twin/twin.ts";
import { VERSION } from "../../version.ts";
import type { Who } from "./who-we-are.ts";

export interface ConfiguredLinkOptions
  extends Pick<
    LinkOptions,
    "observer" | "mayServe" | "onCall" | "idle" | "onMessage" | "onOnline" | "logger"
  > {
  readonly config: Pick<Config, "link" | "twin">;
  readonly who: Who;
  /** Undefined if nobody wants one. */
  readonly twin: Pick<Twin, "pushed" | "checked"> | undefined;
  readonly metrics: Pick<Metrics, "deviceInfo">;
}

/** The link as the configuration says; the metrics name the device from then on. */
export function configuredLink({ config, who, twin, metrics, ...options }: ConfiguredLinkOptions): Link {
  const link = createLink({
    ...options,
    ...config.link,
    ...who,
    productInfo: `hubhand/${VERSION}`,
    modelId: config.twin.modelId ?? undefined,
    ...(twin === undefined ? {} : { onDesired: twin.pushed, onChecked: twin.checked }),
  });
  observeIdentity(metrics, link.status);
  return link;
}

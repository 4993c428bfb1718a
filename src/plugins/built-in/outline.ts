import { systemClock } from "../../clock.ts";
import { HubhandError } from "../../errors.ts";
import type { PluginOutline } from "../outline.ts";
import { outlineOf } from "../outline-of.ts";
import { type BuiltInSources, type BuiltInSwitches, builtInPlugin } from "./index.ts";

export interface BuiltInOutlineOptions {
  readonly version: string;
  readonly enabled: BuiltInSwitches;
}

/** What hubhand's own methods say of themselves, where no agent runs that could answer them. */
export function builtInOutline({ version, enabled }: BuiltInOutlineOptions): PluginOutline {
  const sources: BuiltInSources = {
    version,
    clock: systemClock,
    methods: absent,
    messages: absent,
    plugins: absent,
    logLines: absent,
    logLevel: { status: absent, set: absent, reset: absent, configure: absent },
    metrics: absent,
    configuration: absent,
    check: absent,
    writeSupportBundle: absent,
    restartPlugin: absent,
    restart: absent,
    tasks: { list: absent, run: absent },
    jobs: { list: absent, get: absent, cancel: absent },
    reboot: { possible: absent, ask: absent },
    redact: absent,
  };
  return outlineOf(builtInPlugin({ sources, enabled }));
}

function absent(): never {
  throw new HubhandError("INTERNAL", "a built-in method is called where it is only described");
}

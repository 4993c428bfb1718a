import { boolean } from "./kinds.ts";
import { modelId } from "./model-id.ts";
import { setting } from "./setting.ts";

/** The device twin. */
export const TWIN = {
  follow: setting(boolean(), {
    default: true,
    doc: "Whether desired properties change this device: its log level, its tasks, which plugins run and their settings. false where nobody but the configuration shall decide.",
  }),
  report: setting(boolean(), {
    default: true,
    doc: "Whether this device reports what it is and how it is: versions, plugins, methods, the last restarts, the link.",
  }),
  modelId: setting(modelId(), {
    default: null,
    doc: "The Plug and Play model that this device announces, such as dtmi:example:gateway;1. `hubhand model` writes a model of it.",
  }),
} as const;

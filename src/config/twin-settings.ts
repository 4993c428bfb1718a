import { boolean } from "./kinds.ts";
import { modelId } from "./model-id.ts";
import { revision } from "./revision.ts";
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
  revision: setting(revision(), {
    default: null,
    doc: "What you call what runs on this device, with all that is in it: your image's tag or digest, such as 2026.11.2. The device reports it beside hubhand's own version (agent.revision), and so does hubhand_build_info, so that a roll-out of your plugins can be told apart too. Best set where the image is built.",
  }),
} as const;

import { event } from "./description.ts";

const AUTHOR = "Correct the plugin.";

/** Plugins: found, started, changed, kept alive; and what they do wrong. */
export const PLUGIN_EVENTS = {
  "plugin.serves": event("info", "A plugin serves; with its methods, tasks and messages."),
  "plugin.gone": event("info", "A plugin was removed or switched off."),
  "plugin.broken": event("error", "A plugin cannot be loaded or started.", "The text says what to correct."),
  "plugin.update-broken": event(
    "error",
    "A plugin's new version cannot be started; the one before goes on.",
    "The text says what to correct.",
  ),
  "plugin.down": event(
    "warn",
    "A plugin's worker, process or sidecar ended; it is started or looked for again.",
  ),
  "plugin.up": event("info", "It serves again."),
  "plugin.none": event("warn", "There are no plugins.", "See `plugins.directory`."),
  "plugin.ignored": event("warn", "Files in the plugins folder that are no plugins.", "Move them elsewhere."),
  "plugin.folder-unreadable": event("error", "The plugins folder cannot be read.", "See who may read it."),
  "plugin.unwatched": event(
    "error",
    "The plugins folder cannot be watched.",
    "Restart the agent after changes; see whether the system's limit of watches is reached.",
  ),
  "plugin.settings-changed": event("info", "A plugin has new settings, of the device twin."),
  "plugin.settings-refused": event("error", "A plugin keeps its settings: the new ones do not do."),
  "plugin.settings-left-out": event(
    "warn",
    "Settings that the twin desired before do not fit the plugin any more.",
  ),
  "plugin.settings-not-restored": event("warn", "A plugin failed at its old settings, too.", AUTHOR),
  "plugin.settings-without-plugin": event(
    "warn",
    "`plugins.settings` has settings for a plugin that is not there.",
    "Correct the name.",
  ),
  "plugin.uncaught": event("error", "A plugin threw where nobody could catch it; it goes on.", AUTHOR),
  "plugin.stop-failed": event("warn", "A stop hook threw.", AUTHOR),
  "plugin.stop-timed-out": event("warn", "A stop hook did not end in time; it is not waited for.", AUTHOR),
  "plugin.ends-programs": event("debug", "Programs of the plugin that still run are ended."),
  "plugin.lines-dropped": event("warn", "A plugin logs too much: `lines` of it were left out.", AUTHOR),
  "plugin.line-too-long": event("warn", "A daemon wrote a line of over 1 MiB.", AUTHOR),
  "plugin.not-understood": event("warn", "A daemon wrote what is not of its protocol.", AUTHOR),
  "plugin.unasked-answer": event("warn", "A daemon answered what nobody asked.", AUTHOR),
  "plugin.late-failure": event("warn", "A daemon failed at what is over.", AUTHOR),
  "plugin.message-refused": event(
    "warn",
    "A message of a plugin to the hub is not taken; `code` says why.",
    AUTHOR,
  ),
  "plugin.silent": event(
    "warn",
    "A daemon says nothing since a call was over its time; it is ended.",
    AUTHOR,
  ),
};

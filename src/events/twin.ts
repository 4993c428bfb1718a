import { event } from "./description.ts";

/** The device twin. */
export const TWIN_EVENTS = {
  "twin.in-force": event("info", "What the twin desires is in force; `properties` says what."),
  "twin.refused": event("warn", "What the twin desires is refused.", "The text says why: correct the twin."),
  "twin.component-unknown": event("info", "The twin desires something of a component that is not there."),
  "twin.name-taken": event(
    "warn",
    "The twin cannot reach a plugin: its name is taken.",
    "Rename the plugin.",
  ),
  "twin.settings-unreachable": event(
    "warn",
    "The twin cannot change a plugin's settings: its name is taken.",
    "Rename the plugin.",
  ),
  "twin.unread": event(["warn", "debug"], "The twin cannot be read yet; it is tried again. A warning once."),
  "twin.gap": event("warn", "A change of the twin does not follow the one before: all of it is read."),
  "twin.malformed": event("warn", "The hub sent something of the twin that cannot be understood."),
  "twin.not-updated": event("debug", "What is reported was not written; it is tried again."),
  "twin.report-refused": event("warn", "The hub does not take what is reported, and is not told it again."),
  "twin.report-cut": event(
    "warn",
    "Not all that is reported fits into the twin.",
    "Have fewer plugins, or shorter lists.",
  ),
  "twin.file-unreadable": event("warn", "What the twin last desired cannot be read from disk."),
  "twin.file-damaged": event("warn", "The file with what the twin last desired is damaged and set aside."),
  "twin.file-unwritable": event(
    "warn",
    "What the twin desires cannot be kept on disk.",
    "Make room on the disk, or name a folder that can be written (`state.directory`).",
  ),
};

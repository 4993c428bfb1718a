import { event } from "./description.ts";

/** The process, its configuration, its HTTP face and its log. */
export const AGENT_EVENTS = {
  "agent.starts": event("info", "The agent starts; with its version, commit and Node."),
  "agent.asked-to-stop": event("info", "It is to end; `reason` is a signal, `restart`, or `fault`."),
  "agent.stopping": event("info", "It takes no more calls, and ends what runs."),
  "agent.stopped": event("info", "All parts have ended in order."),
  "agent.stopped-at-once": event("warn", "A second signal came: it exits without waiting for anything."),
  "agent.fault": event(
    "fatal",
    "A fault in hubhand itself. It stops with exit code 70.",
    "Report it, with the line's `err`. Docker or systemd starts it afresh.",
  ),
  "agent.unclean-end": event(
    "warn",
    "The run before this one was killed, or lost its power.",
    "If it comes again: look at the power supply, and whether memory is short.",
  ),
  "agent.boots-unreadable": event("warn", "The file that counts the runs cannot be read; it begins anew."),
  "agent.boots-unwritable": event(
    "warn",
    "Runs cannot be counted: the file cannot be written.",
    "Make room on the disk, or name a folder that can be written (`state.directory`).",
  ),
  "agent.restarts": event("warn", "A caller asked for a restart (`hubhand.restart`)."),
  "agent.reboots-host": event("warn", "A caller asked for the host to be rebooted (`hubhand.reboot`)."),
  "agent.reboot-failed": event(
    "error",
    "The host was not asked to reboot.",
    "See how the host is to be asked in docs/reference/built-in-methods.md.",
  ),
  "agent.notify-failed": event(
    "warn",
    "systemd was to be told how the agent is, and could not be; told once.",
    "See `problem`, and the unit's `OpenFile=` and `NotifyAccess=` (docs/deploy/raspberry-pi.md).",
  ),
  "config.warning": event("warn", "Something in the configuration has no effect.", "Correct it."),
  "log.level": event("info", "The log's level was changed, or has returned to what it was."),
  "log.suppressed": event(
    "warn",
    "Lines like others shortly before them were left out: `lines` in all, `events` says how many of which.",
    "Look at the lines of that event before this one.",
  ),
  "log.dropped": event(
    "warn",
    "Lines were lost, as nobody read standard output; `dropped` says how many.",
    "See why the log's reader (Docker, journald) is slow.",
  ),
  "log.file-failed": event(
    "warn",
    "The log's file cannot be written; standard output goes on, and the file is tried again.",
    "Make room on the disk, or see whether the card has become read-only.",
  ),
  "log.file-works": event("info", "The log's file is written again; `dropped` says how many lines it lacks."),
};

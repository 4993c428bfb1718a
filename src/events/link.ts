import { event } from "./description.ts";

const NETWORK = "Read `class` and `reason`; `hubhand check` looks at each step of the way.";

/** The one connection to the hub. */
export const LINK_EVENTS = {
  "link.connecting": event("info", "The agent begins to look for the hub; with who it is there."),
  "link.online": event("info", "A session is online: the hub has proved that calls arrive."),
  "link.offline": event(
    ["warn", "debug"],
    "A session ended, or an attempt failed, and another follows. A reason is a warning once in an outage.",
    NETWORK,
  ),
  "link.still-offline": event("warn", "The same reasons as before, for so long already.", NETWORK),
  "link.tries-another": event(
    "warn",
    "A credential did not do; the next one is tried at once.",
    "Renew the one that did not do.",
  ),
  "link.replaced": event("info", "A new session took the place of the one before it, without a gap."),
  "link.not-replaced": event("warn", "A session was to be replaced, could not be, and goes on.", NETWORK),
  "link.way-closed": event("debug", "One way in (MQTT or WebSockets) does not work now; the other may."),
  "link.second-connection": event("warn", "The SDK connected by itself; that session is replaced."),
  "link.sdk-error": event("debug", "The SDK reported an error; what follows from it is told by others."),
  "link.undigested": event("warn", "The SDK failed at something that the hub sent; it is passed over."),
  "link.ordinary-path": event(
    "warn",
    "Calls take longer than they could: the MQTT client is not built as this version knows it. Told once.",
    "Report it, with the versions that are installed.",
  ),
  "link.clock-changed": event(
    "warn",
    "The machine's clock was set, or the machine slept: the link is checked.",
    "If it comes often: see to the machine's time service.",
  ),
  "link.fault": event("error", "A fault in the link; it starts afresh.", "Report it, with the line's `err`."),
};

import type { Level } from "pino";
import { AGENT_EVENTS } from "./agent.ts";
import { CALL_EVENTS } from "./calls.ts";
import type { EventDescription } from "./description.ts";
import { HTTP_EVENTS } from "./http.ts";
import { IDENTITY_EVENTS } from "./identity.ts";
import { INBOX_EVENTS } from "./inbox.ts";
import { LINK_EVENTS } from "./link.ts";
import { OUTBOX_EVENTS } from "./outbox.ts";
import { PLUGIN_EVENTS } from "./plugins.ts";
import { TASK_EVENTS } from "./tasks.ts";
import { TWIN_EVENTS } from "./twin.ts";

/**
 * Every event that hubhand itself logs, by the name that its lines carry: a name that was published stays. The agent
 * needs the names as types only; `npm run docs` makes `docs/reference/events.md` of the rest.
 */
export const EVENTS = {
  ...AGENT_EVENTS,
  ...HTTP_EVENTS,
  ...LINK_EVENTS,
  ...IDENTITY_EVENTS,
  ...CALL_EVENTS,
  ...PLUGIN_EVENTS,
  ...TASK_EVENTS,
  ...OUTBOX_EVENTS,
  ...INBOX_EVENTS,
  ...TWIN_EVENTS,
} as const satisfies Readonly<Record<string, EventDescription>>;

export type EventName = keyof typeof EVENTS;

/** The events that are told at a level. */
export type EventAt<At extends Level> = {
  [Name in EventName]: At extends (typeof EVENTS)[Name]["levels"][number] ? Name : never;
}[EventName];

import type { EventDescription } from "./description.ts";
import { EVENTS } from "./registry.ts";

const PARTS: Readonly<Record<string, string>> = {
  agent: "The process, from its start to its end.",
  call: "Direct methods. Their lines have `method` and `requestId`, and `plugin` where the method is one's.",
  config: "The configuration.",
  http: "Metrics, health and the status page.",
  identity: "Who the device is to the hub: keys, certificates, the provisioning service.",
  inbox:
    "Cloud-to-device messages. Lines of one message have its `messageId`, `messages` (its handler) and `plugin`.",
  job: "Jobs. Their lines have `jobId`, and `method` and `requestId` of the call that began them.",
  link: "The one connection to the hub.",
  log: "The log itself.",
  page: "What is done from the status page, and its faults.",
  outbox: "Messages to the hub, and where they wait for it.",
  plugin: "Plugins, by `plugin`.",
  task: "Scheduled tasks. Their lines have `task`.",
  twin: "The device twin.",
};

const INTRODUCTION = `Generated from the registry by \`npm run docs\`. How to read the log: [Logs](../operate/logs.md).

Every line that hubhand itself writes has one of these names as \`event\`. A name stays; the text of a line may change.
Lines that a plugin writes have \`plugin\`, and an \`event\` only if its author gave them one.`;

/** docs/reference/events.md: every event with its level, its meaning and what to do, by part. */
export function eventsMarkdown(): string {
  const all = Object.entries<EventDescription>(EVENTS).sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = Object.entries(PARTS).map(([part, about]) => {
    const rows = all.filter(([name]) => name.startsWith(`${part}.`)).map(row);
    return [
      `## ${part}\n\n${about}\n`,
      "| event | level | what it means | what to do |",
      "|---|---|---|---|",
      ...rows,
    ].join("\n");
  });
  return `${["# Events of the log", INTRODUCTION, ...sections].join("\n\n")}\n`;
}

function row([name, { levels, meaning, advice = "" }]: [string, EventDescription]): string {
  return `| \`${name}\` | ${levels.join(", ")} | ${meaning} | ${advice} |`;
}

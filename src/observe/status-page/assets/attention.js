// @ts-check

import { count, counted, listed, size } from "./format.js";
import { methodConcerns } from "./method-concerns.js";
import { clockAhead, dateOf, lengthOf } from "./time.js";

/** @import { StatusSnapshot } from "../snapshot.ts" */

/**
 * @typedef {object} Concern
 * @property {string} id
 * @property {"bad" | "warn"} tone
 * @property {string} title
 * @property {string} text
 * @property {string} where the section that tells more
 */

const DAY = 86_400_000;
const CERTIFICATE_NOTICE = 30 * DAY;
const CLOCKS_DIFFER = 120_000;
const NEARLY_FULL = 0.8;

/**
 * What somebody should look after, the worst first. That there is no link is the headline's.
 * @param {StatusSnapshot} snapshot
 * @param {number} now by the device's clock
 * @returns {Concern[]}
 */
export function concernsOf(snapshot, now) {
  return [
    ...partConcerns(snapshot),
    ...pluginConcerns(snapshot),
    ...methodConcerns(snapshot, now),
    ...outboxConcerns(snapshot),
    ...otherConcerns(snapshot),
    ...linkConcerns(snapshot, now),
  ].sort((one, other) => Number(one.tone === "warn") - Number(other.tone === "warn"));
}

/** The sections that show each part of `/readyz` themselves. @type {Readonly<Record<string, string>>} */
const SECTIONS = { plugins: "plugins", outbox: "queues", inbox: "queues", twin: "twin", tasks: "tasks" };

/** @param {StatusSnapshot} snapshot @returns {Concern[]} */
function partConcerns({ agent, plugins, outbox, twin }) {
  const told = new Set(["link"]);
  if (plugins.some(({ up }) => !up)) told.add("plugins");
  if (outbox.problem !== undefined) told.add("outbox");
  if (twin.problem !== undefined) told.add("twin");
  return agent.problems
    .filter(({ part }) => !told.has(part))
    .map(({ part, problem }) => ({
      id: `part-${part}`,
      tone: "bad",
      title: `Not ready: ${part}`,
      text: problem,
      where: SECTIONS[part] ?? "agent",
    }));
}

/** @param {StatusSnapshot} snapshot @returns {Concern[]} */
const pluginConcerns = ({ plugins }) =>
  plugins
    .filter(({ up }) => !up)
    .map(({ name, problem }) => ({
      id: `plugin-${name}`,
      tone: "bad",
      title: `Plugin ${name} is down`,
      text: problem ?? "Nothing is known of why.",
      where: "plugins",
    }));

/** @param {StatusSnapshot} snapshot @returns {Concern[]} */
function outboxConcerns({ outbox, inbox }) {
  /** @type {Concern[]} */
  const concerns = [];
  if (outbox.problem !== undefined) {
    concerns.push({
      id: "outbox",
      tone: "bad",
      title: "Messages are not safe",
      text: outbox.problem,
      where: "queues",
    });
  }
  const full = Math.max(outbox.messages / outbox.limitMessages || 0, outbox.bytes / outbox.limitBytes || 0);
  if (full >= NEARLY_FULL) {
    concerns.push({
      id: "outbox-full",
      tone: "warn",
      title: `The outbox is ${Math.min(100, Math.floor(full * 100))} % full`,
      text: `${counted(outbox.messages, "message")}, ${size(outbox.bytes)}. Once it is full, the least important go.`,
      where: "queues",
    });
  }
  const dropped = Object.entries(outbox.dropped).filter(([, many]) => many > 0);
  if (dropped.length > 0) {
    const sum = dropped.reduce((all, [, many]) => all + many, 0);
    const why = listed(dropped.map(([reason, many]) => `${count(many)} ${reason}`));
    concerns.push({
      id: "outbox-dropped",
      tone: "warn",
      title: `${counted(sum, "message")} to the hub dropped`,
      text: `Since the agent started: ${why}.`,
      where: "queues",
    });
  }
  if (inbox.problem !== undefined) {
    concerns.push({
      id: "inbox",
      tone: "bad",
      title: "Messages from the hub",
      text: inbox.problem,
      where: "queues",
    });
  }
  return concerns;
}

/** @param {StatusSnapshot} snapshot @returns {Concern[]} */
function otherConcerns({ twin, tasks, agent }) {
  /** @type {Concern[]} */
  const concerns = [];
  if (twin.problem !== undefined) {
    concerns.push({
      id: "twin",
      tone: "bad",
      title: "The twin is not in step",
      text: twin.problem,
      where: "twin",
    });
  }
  if (twin.refused.length > 0) {
    const title = counted(twin.refused.length, "desired property refused", "desired properties refused");
    concerns.push({ id: "refused", tone: "warn", title, text: `${listed(twin.refused)}.`, where: "twin" });
  }
  for (const { task, enabled, last } of tasks) {
    if (!enabled || last === undefined || last.outcome === "ok") continue;
    const title = `Task ${task} did not succeed`;
    concerns.push({
      id: `task-${task}`,
      tone: "warn",
      title,
      text: `Its last run: ${last.outcome}.`,
      where: "tasks",
    });
  }
  const { level, configured } = agent.logLevel;
  if (level !== configured) {
    const text = `The configuration says ${configured}.`;
    concerns.push({ id: "log", tone: "warn", title: `The log level is ${level}`, text, where: "agent" });
  }
  return concerns;
}

/** @param {StatusSnapshot} snapshot @param {number} now @returns {Concern[]} */
function linkConcerns({ link }, now) {
  /** @type {Concern[]} */
  const concerns = [];
  const left = Date.parse(link.certificateEndsAt ?? "") - now;
  if (left < CERTIFICATE_NOTICE) {
    concerns.push({
      id: "certificate",
      tone: left < 0 ? "bad" : "warn",
      title: left < 0 ? "The certificate has ended" : `The certificate ends in ${lengthOf(left)}`,
      text: `It ${left < 0 ? "was" : "is"} good until ${dateOf(link.certificateEndsAt ?? "")}.`,
      where: "link",
    });
  }
  const ahead = clockAhead();
  if (Math.abs(ahead) > CLOCKS_DIFFER) {
    const text = `It is ${lengthOf(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} the clock of what you look at this page with.`;
    concerns.push({ id: "clock", tone: "warn", title: "The device's clock", text, where: "agent" });
  }
  return concerns;
}

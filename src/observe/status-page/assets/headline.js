// @ts-check
import { At, Mark, memo, Said, Ticking } from "./elements.js";
import { count, counted } from "./format.js";
import { offlineSince, periodsOf } from "./link-periods.js";
import { h } from "./preact.js";
import { clockTime, lengthOf, relative } from "./time.js";

/** @import { ComponentChildren } from "preact" */
/** @import { LinkSection, MethodSection } from "../snapshot.ts" */
/** @import { Connection } from "./live.js" */
/** @import { Tone } from "./elements.js" */

/** Classes of failure (src/link/failure.ts) in words. @type {Readonly<Record<string, string>>} */
const WHY = {
  network: "the hub was not reached",
  tls: "what answers cannot prove to be the hub",
  refused: "the hub does not want it at the moment",
  unauthorized: "the hub does not accept who it says it is",
  clock: "the clock of this device is wrong",
  lost: "the connection was lost",
  conflict: "another client seems to use its identity",
};

/** @param {string | undefined} way */
const over = (way) =>
  way === undefined ? "" : `, over ${way === "websockets" ? "WebSockets" : way.toUpperCase()}`;

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/**
 * What the first line says: it changes with the state and not with the time, as it is read aloud when it changes.
 * @param {LinkSection} link
 * @returns {{ tone: Tone, title: string, text: ComponentChildren, detail?: string | undefined }}
 */
function saying(link) {
  const { state, since, lastFailure, connects, way } = link;
  if (state === "online" && link.deaf) {
    const text = [
      "since ",
      h(At, { at: link.checkedAt ?? since, key: "at" }),
      " the hub has not proved that calls arrive",
    ];
    return { tone: "bad", title: "Online, but deaf", text };
  }
  if (state === "online") {
    return { tone: "good", title: "Online", text: ["since ", h(At, { at: since, key: "at" }), over(way)] };
  }
  if (state === "stopped" || state === "closing") {
    return { tone: "bad", title: "Stopping", text: "The agent says goodbye to the hub." };
  }
  const why = lastFailure && (WHY[lastFailure.class] ?? lastFailure.class);
  const detail = lastFailure?.message;
  if (state === "connecting") {
    const text = why === undefined ? "to the hub" : `again: ${why}`;
    return { tone: "busy", title: "Connecting", text, detail };
  }
  const title = connects === 0 ? "Never online yet" : "Offline";
  return { tone: "bad", title, text: capital(why ?? "nothing is known of why"), detail };
}

/** @param {LinkSection} link */
const untilNext = (link) => (/** @type {number} */ now) => {
  const { nextAttemptAt } = link;
  if (link.state !== "waiting" || nextAttemptAt === undefined) return "";
  return Date.parse(nextAttemptAt) > now ? `Next try ${relative(nextAttemptAt, now)}. ` : "Trying again. ";
};

/** @param {LinkSection} link */
const offlineFor = (link) => (/** @type {number} */ now) => {
  if (link.state === "online") return "";
  const since = offlineSince(periodsOf(link, now));
  if (link.connects === 0 || since === undefined) {
    return link.failures > 0 ? `${counted(link.failures, "attempt")} failed.` : "";
  }
  return `Offline for ${lengthOf(now - since)}.`;
};

/** @param {readonly MethodSection[]} methods */
function figures(methods) {
  /** @param {(method: MethodSection) => number} of */
  const sum = (of) => methods.reduce((all, method) => all + of(method), 0);
  return { perMinute: sum((method) => method.perMinute), inFlight: sum((method) => method.inFlight) };
}

/**
 * Whether it works, in words, colour and shape: what somebody beside the device wants to know first.
 * @type {import("preact").ComponentType<{ link: LinkSection, methods: readonly MethodSection[], connection: Connection }>}
 */
export const Headline = memo(({ link, methods, connection }) => {
  const said = connection.phase === "lost" ? silence(connection) : saying(link);
  const { perMinute, inFlight } = figures(methods);
  return h(
    "section",
    { class: `headline ${said.tone}`, "aria-label": "State" },
    h(
      "div",
      { role: "status", class: "state" },
      h("p", { class: "word" }, h(Mark, { tone: said.tone }), said.title),
      h("p", { class: "why" }, said.text),
    ),
    said.detail !== undefined && h("p", { class: "detail" }, h(Said, { text: said.detail, most: 400 })),
    connection.phase === "lost"
      ? h("p", { class: "next" }, h(Ticking, { text: retry(connection) }))
      : link.state !== "online" &&
          h(
            "p",
            { class: "next" },
            h(Ticking, { text: untilNext(link) }),
            h(Ticking, { text: offlineFor(link) }),
          ),
    connection.phase !== "lost" &&
      h(
        "p",
        { class: "figures" },
        h(
          "span",
          null,
          h("strong", null, count(perMinute)),
          ` ${perMinute === 1 ? "call" : "calls"} in the last minute`,
        ),
        inFlight > 0 && h("span", null, h("strong", null, count(inFlight)), " running now"),
      ),
  );
});

/**
 * @param {Connection & { phase: "lost" }} connection
 * @returns {{ tone: Tone, title: string, text: ComponentChildren, detail: string }}
 */
function silence({ since, why }) {
  return {
    tone: "bad",
    title: "No answer from the agent",
    text: `since ${clockTime(new Date(since).toISOString(), Date.now())}: ${why}`,
    detail: "What stands below is from before.",
  };
}

/** @param {Connection & { phase: "lost" }} connection */
const retry =
  ({ retryAt }) =>
  () => {
    const left = retryAt - Date.now();
    return left > 0 ? `Trying again in ${lengthOf(left + 999)}.` : "Trying again.";
  };

/**
 * Before anything is known.
 * @param {{ connection: Connection }} props
 */
export const Waiting = ({ connection }) => {
  if (connection.phase !== "lost") return h("p", { class: "plain", role: "status" }, "Asking the agent…");
  const { title, text } = silence(connection);
  return h(
    "section",
    { class: "headline bad", "aria-label": "State" },
    h(
      "div",
      { role: "status", class: "state" },
      h("p", { class: "word" }, h(Mark, { tone: "bad" }), title),
      h("p", { class: "why" }, text),
    ),
    h("p", { class: "next" }, h(Ticking, { text: retry(connection) })),
  );
};

/** What stands in the browser's tab. @param {LinkSection | undefined} link @param {Connection} connection */
export function tabTitle(link, connection) {
  if (link === undefined) return "hubhand";
  const name = deviceName(link);
  const word = connection.phase === "lost" ? "no answer" : saying(link).title.toLowerCase();
  return `${name}: ${word}`;
}

/** @param {LinkSection} link */
export function deviceName({ identity }) {
  const { device, deviceId, module, moduleId } = identity;
  const of = device ?? deviceId ?? "hubhand";
  const part = module ?? moduleId;
  return part === undefined ? of : `${of}/${part}`;
}

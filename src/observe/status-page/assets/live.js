// @ts-check
import { setClock } from "./time.js";

/** @import { StatusSnapshot } from "../snapshot.ts" */

/**
 * How the page is connected with the agent. `since` and `retryAt` are by this browser's clock.
 * @typedef {{ readonly phase: "opening" | "live" | "paused" }
 *   | { readonly phase: "lost", readonly since: number, readonly retryAt: number, readonly why: string }} Connection
 */

/** The agent sends at least a comment each 15 s: after this silence nobody is there, whatever the socket believes. */
const SILENCE = 35_000;
/** 1 s, 2 s, 4 s, 8 s, 15 s, 15 s … */
const LONGEST_PAUSE = 15_000;
/** A phone in a pocket need not keep the agent busy. */
const HIDDEN_FOR = 60_000;

/**
 * Follows the agent for ever. `tell` gets the snapshot that is now known (undefined before the first) and the
 * connection, after each change of either. A stream that is read by hand, as an EventSource hides the comments that
 * prove that the agent is there, and the status of a refusal.
 * @param {string} url
 * @param {(snapshot: StatusSnapshot | undefined, connection: Connection) => void} tell
 */
export async function follow(url, tell) {
  /** @type {StatusSnapshot | undefined} */
  let snapshot;
  /** @type {number | undefined} */
  let lostSince;
  let attempt = 0;
  const sight = watchSight();
  for (;;) {
    const ending = new AbortController();
    const leave = sight.whenHidden(() => ending.abort(new Error("hidden")));
    let why = "it closed the connection";
    try {
      for await (const { event, data } of open(url, ending)) {
        snapshot = merged(snapshot, event, JSON.parse(data));
        setClock(snapshot.at);
        attempt = 0;
        lostSince = undefined;
        tell(snapshot, { phase: "live" });
      }
    } catch (error) {
      why = reasonOf(error);
    }
    leave();
    if (document.hidden) {
      tell(snapshot, { phase: "paused" });
      await sight.shown();
      continue;
    }
    lostSince ??= Date.now();
    const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** attempt) * (0.8 + Math.random() * 0.2);
    attempt += 1;
    tell(snapshot, { phase: "lost", since: lostSince, retryAt: Date.now() + pause, why });
    await sight.pause(pause);
  }
}

/** Why there is no stream: a sentence for a person. */
class Refused extends Error {}

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Refused ? error.message : "it does not answer");

/**
 * The events of one stream, until it ends.
 * @param {string} url
 * @param {AbortController} ending
 */
async function* open(url, ending) {
  let silence = setTimeout(() => ending.abort(), SILENCE);
  try {
    const response = await fetch(url, {
      headers: { accept: "text/event-stream" },
      cache: "no-store",
      signal: ending.signal,
    });
    if (!response.ok || response.body === null) throw new Refused(refusal(response.status));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(() => ending.abort(), SILENCE);
      text += value;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = eventIn(block);
        if (event.data !== "") yield event;
      }
    }
  } finally {
    clearTimeout(silence);
    ending.abort();
  }
}

/** @param {number} status */
function refusal(status) {
  if (status === 503) return "too many people watch it already";
  if (status === 401 || status === 403) return "it wants to know who you are: load this page again";
  return `it answers with ${status}`;
}

/**
 * One block of a stream, as the HTML standard (server-sent events) has it; the agent ends its lines with a line feed.
 * @param {string} block
 */
function eventIn(block) {
  const lines = block.split("\n");
  /** @param {string} name */
  const field = (name) =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart());
  return { event: field("event").at(-1) ?? "message", data: field("data").join("\n") };
}

/**
 * What is known after an event. What did not change stays the same object, so that nothing of it is drawn anew.
 * @param {StatusSnapshot | undefined} known
 * @param {string} event
 * @param {Partial<StatusSnapshot>} told
 * @returns {StatusSnapshot}
 */
export function merged(known, event, told) {
  const next = event === "change" && known !== undefined ? { ...known, ...told } : told;
  return /** @type {StatusSnapshot} */ (known === undefined ? next : shared(known, next));
}

/**
 * `next`, with the parts of `known` that equal its own.
 * @param {unknown} known
 * @param {unknown} next
 * @returns {unknown}
 */
function shared(known, next) {
  if (known === next || typeof known !== "object" || typeof next !== "object") return next;
  if (known === null || next === null || Array.isArray(known) !== Array.isArray(next)) return next;
  if (Array.isArray(next)) return sharedList(/** @type {unknown[]} */ (known), next);
  const before = /** @type {Record<string, unknown>} */ (known);
  const parts = Object.entries(next).map(([key, value]) => [key, shared(before[key], value)]);
  const same =
    parts.length === Object.keys(before).length &&
    parts.every(([key, value]) => before[String(key)] === value && String(key) in before);
  return same ? known : Object.fromEntries(parts);
}

/**
 * Items keep their identity when others come before them.
 * @param {readonly unknown[]} known
 * @param {readonly unknown[]} next
 */
function sharedList(known, next) {
  const byText = new Map(known.map((item) => [JSON.stringify(item), item]));
  const list = next.map((item) => byText.get(JSON.stringify(item)) ?? item);
  return list.length === known.length && list.every((item, at) => item === known[at]) ? known : list;
}

/** Whether somebody looks at this page. */
function watchSight() {
  /** @param {() => boolean} holds @param {number} [limit] */
  const until = (holds, limit) =>
    new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      const look = () => {
        if (!holds()) return;
        over();
      };
      const over = () => {
        document.removeEventListener("visibilitychange", look);
        removeEventListener("online", over);
        resolve();
      };
      document.addEventListener("visibilitychange", look);
      if (limit === undefined) return look();
      setTimeout(over, limit);
      // The phone has its network again.
      addEventListener("online", over);
    });
  return {
    /**
     * Calls back once the page has been out of sight for a while; the function returned forgets about it.
     * @param {() => void} back
     */
    whenHidden(back) {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const look = () => {
        clearTimeout(timer);
        if (document.hidden) timer = setTimeout(back, HIDDEN_FOR);
      };
      document.addEventListener("visibilitychange", look);
      look();
      return () => {
        clearTimeout(timer);
        document.removeEventListener("visibilitychange", look);
      };
    },
    /** Until somebody looks again. */
    shown: () => until(() => !document.hidden),
    /** @param {number} ms at most: less if somebody begins to look, or the network is back */
    pause: (ms) => until(() => !document.hidden, ms),
  };
}

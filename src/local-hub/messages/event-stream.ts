import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "../service-face/answers.ts";
import type { Numbered, WritableLog } from "./log.ts";

/** Keeps proxies and readers from taking a quiet stream for a dead one, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** Tells the numbers of this run of the hub from those of an earlier one. */
const RUN = Date.now().toString(36);

/**
 * A log as server-sent events (WHATWG HTML, "Server-sent events"): what comes from now on, with `fromStart` what is kept
 * too, and after `lastEventId` what came since, as far as it is kept.
 */
export function eventStream<Entry extends Numbered>(
  log: WritableLog<Entry>,
  options: {
    render: (entry: Entry) => unknown;
    deviceId: string | undefined;
    lastEventId: string | undefined;
    fromStart: boolean;
    signal: AbortSignal;
  },
): Answer {
  const { render, deviceId, lastEventId, fromStart, signal } = options;
  const since = numberAfter(lastEventId);
  // An id of another run: none of this run's entries was seen.
  const fromKept = fromStart || lastEventId !== undefined;
  const from = since ?? (fromKept ? log.start : log.end);
  const entries = log.watch({ from, signal, ...(deviceId === undefined ? {} : { deviceId }) });
  return {
    status: 200,
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" },
    stream: toText(entries, render),
  };
}

async function* toText<Entry extends Numbered>(
  entries: AsyncIterable<Entry>,
  render: (entry: Entry) => unknown,
): AsyncGenerator<string> {
  // At once, so that the reader knows that from here on it misses nothing.
  yield ": listening\n\n";
  const iterator = entries[Symbol.asyncIterator]();
  let pending = iterator.next();
  for (;;) {
    const quiet = new AbortController();
    const result = await Promise.race([
      pending,
      delay(HEARTBEAT_MS, "quiet" as const, { signal: quiet.signal, ref: false }).catch(
        () => "quiet" as const,
      ),
    ]);
    quiet.abort();
    if (result === "quiet") {
      yield ":\n\n";
    } else {
      if (result.done) return;
      yield `id: ${RUN}.${result.value.sequenceNumber}\ndata: ${JSON.stringify(render(result.value))}\n\n`;
      pending = iterator.next();
    }
  }
}

function numberAfter(lastEventId: string | undefined): number | undefined {
  const [run, number] = (lastEventId ?? "").split(".");
  return run === RUN && /^\d{1,15}$/.test(number ?? "") ? Number(number) + 1 : undefined;
}

import { cut } from "../../cut.ts";
import { MINUTE, printDuration } from "../../durations.ts";
import { type ErrorCode, HubhandError } from "../../errors.ts";
import type { VerbIo } from "../back-end/verb-io.ts";
import { safeJson, safeText } from "../terminal/safe-text.ts";
import type { Finding, Watcher } from "./look.ts";

/** Of a unit of S1 and S2 (learn.microsoft.com, "IoT Hub quotas and throttling"). */
const QUERIES_A_MINUTE = 20;

/** Of what is wrong at first, so that what changes can be seen behind it. */
const MOST_AT_FIRST = 50;

/** Of what is told of a device, which may quote it; `--json` has it whole. */
const MOST_WORDS = 400;

export interface WatchOptions {
  readonly io: VerbIo;
  readonly signal: AbortSignal;
  readonly everyMs: number;
  readonly json: boolean;
  readonly device: string | undefined;
}

/** Ends without an error when it is stopped: that is how a watch ends. */
export async function keepLooking(watcher: Watcher, options: WatchOptions): Promise<void> {
  const { io, signal, everyMs, json, device } = options;
  const outage = createOutage(io);
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const findings = await watcher.look().catch((error: unknown) => {
      if (signal.aborted) return;
      if (isFirst || !passes(error)) throw error;
      outage.goesOn(error);
    });
    if (signal.aborted) return;
    if (findings !== undefined) {
      outage.isOver();
      if (isFirst && watcher.seen.all === 0) throw nobody(device);
      if (isFirst && !json) io.writeError(introduction(watcher, everyMs));
      print(findings, { ...options, isFirst });
    }
    await io.sleep(everyMs, signal);
  }
}

function print(
  findings: readonly Finding[],
  { io, json, isFirst }: Pick<WatchOptions, "io" | "json"> & { readonly isFirst: boolean },
): void {
  const at = new Date(io.wallClock()).toISOString();
  const shown = isFirst && !json ? findings.slice(0, MOST_AT_FIRST) : findings;
  io.write(shown.map((finding) => (json ? jsonLine(finding, at) : line(finding, at))).join(""));
  if (shown.length < findings.length) {
    io.writeError(`… and ${findings.length - shown.length} more that are not as they should be.\n`);
  }
}

/** Tells of a hub that is away when it goes and when it is back, and not at each look: that may be a night. */
function createOutage(io: VerbIo) {
  let known: ErrorCode | undefined;
  const tell = (what: string) =>
    io.writeError(`${shortTime(new Date(io.wallClock()).toISOString())}  ${what}\n`);
  return {
    goesOn({ code, message }: HubhandError): void {
      if (code !== known) tell(message);
      known = code;
    },
    isOver(): void {
      if (known !== undefined) tell("The hub answers again.");
      known = undefined;
    },
  };
}

/** What is over by itself does not end a watch. */
const PASSING: readonly ErrorCode[] = ["HUB_UNREACHABLE", "HUB_FAULT", "HUB_THROTTLED"];

const passes = (error: unknown): error is HubhandError =>
  error instanceof HubhandError && PASSING.includes(error.code);

function nobody(device: string | undefined): HubhandError {
  return device === undefined
    ? new HubhandError("QUERY_EMPTY", "No device fits, so there is nothing to watch.")
    : new HubhandError(
        "DEVICE_UNKNOWN",
        `The hub has no device ${JSON.stringify(device)}. Check the id: capitals count.`,
      );
}

function introduction({ seen }: Watcher, everyMs: number): string {
  const { all, connected, queries } = seen;
  const aMinute = (queries * MINUTE) / everyMs;
  const warning =
    aMinute > QUERIES_A_MINUTE
      ? `That is ${Math.ceil(aMinute)} queries a minute; a unit of S1 has ${QUERIES_A_MINUTE}: look less often, or at fewer.\n`
      : "";
  return `Watching ${all} ${all === 1 ? "device" : "devices"}, ${connected} connected, every ${printDuration(everyMs)}; Ctrl-C ends it.\n${warning}`;
}

const jsonLine = ({ deviceId, event, words }: Finding, at: string): string =>
  `${safeJson({ at, deviceId, event, words })}\n`;

const line = ({ deviceId, words }: Finding, at: string): string =>
  `${shortTime(at)}  ${safeText(deviceId)}  ${cut(safeText(words), MOST_WORDS)}\n`;

const shortTime = (at: string): string => `${at.slice(0, 19)}Z`;

import { BYTE_BUCKETS, DURATION_BUCKETS } from "./buckets.ts";
import type { Kit, LabelMeaning } from "./kit.ts";

/** What calls of methods that are not there are counted under: their names are the caller's, and endless. */
export const UNKNOWN_METHOD = "_unknown";

export const METHOD: LabelMeaning = {
  what: `a method that is there now, or \`${UNKNOWN_METHOD}\` for all others; its series go with it`,
};

/** As src/methods/reply.ts has them. */
export const CALL_OUTCOMES = [
  "ok",
  "handler_error",
  "payload_invalid",
  "method_not_found",
  "method_timed_out",
  "reply_too_large",
  "method_busy",
  "method_failed",
  "agent_stopping",
  "plugin_unknown",
  "plugin_down",
  "task_unknown",
  "job_unknown",
  "job_over",
] as const;

/** As src/methods/jobs has them. */
export const JOB_OUTCOMES = ["done", "failed", "cancelled", "interrupted"] as const;

export const methodInstruments = ({ counter, gauge, histogram }: Kit) => ({
  methodCalls: counter(
    "hubhand_method_calls_total",
    "Direct methods answered, by outcome.",
    {
      method: METHOD,
      outcome: { what: "how the call ended", values: CALL_OUTCOMES },
    },
    {
      absent:
        "`ok` is there at 0 as soon as the method is; each other outcome from its first call on, as most never come",
    },
  ),
  methodDuration: histogram("hubhand_method_duration_seconds", "From the arrival of a call to its reply.", {
    labels: { method: METHOD },
    buckets: DURATION_BUCKETS,
    absent: "until the method is called",
  }),
  methodQueue: histogram(
    "hubhand_method_queue_seconds",
    "From the arrival of a call to the start of its handler.",
    { labels: { method: METHOD }, buckets: DURATION_BUCKETS, absent: "until the method is called" },
  ),
  methodsInFlight: gauge("hubhand_methods_in_flight", "Calls that have no reply yet, queued ones included."),
  methodsQueued: gauge("hubhand_methods_queued", "Calls that wait for their turn; part of those in flight."),
  methodPayload: histogram("hubhand_method_payload_bytes", "Size of payloads, in requests and in replies.", {
    labels: { direction: { what: "which way it went", values: ["request", "reply"] } },
    buckets: BYTE_BUCKETS,
    absent: "until the first call",
  }),
  extraReplies: counter(
    "hubhand_method_extra_replies_total",
    "Answers of handlers after the first, dropped.",
    { method: METHOD },
    { absent: "until it happens" },
  ),
  lostReplies: counter(
    "hubhand_method_lost_replies_total",
    "Replies that found no link to the hub.",
    { method: METHOD },
    { absent: "until it happens" },
  ),
  jobsRunning: gauge("hubhand_jobs_running", "Jobs that run now."),
  jobs: counter(
    "hubhand_jobs_total",
    "Jobs that have ended, by outcome.",
    { method: METHOD, outcome: { what: "how the job ended", values: JOB_OUTCOMES } },
    { absent: "until a job of the method ends so" },
  ),
});

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** From a fast handler (1 ms) to the longest that the hub waits for one (300 s). */
const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];
/** Up to the hub's 128 KiB, by fours. */
const BYTE_BUCKETS = [64, 256, 1024, 4096, 16_384, 65_536, 131_072];

/** Told once at start; the values of `hubhand_build_info`. */
export interface BuildInfo {
  readonly version: string;
  readonly node: string;
  readonly commit: string;
}

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Every instrument of hubhand, on a registry of its own. Names follow Prometheus' and OpenMetrics' conventions
 * (base units, `_total`, `_seconds`); labels are bounded: method names are those registered, and `_unknown`.
 */
export function createMetrics(build: BuildInfo) {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter<Label>({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge<Label>({ name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ) => new Histogram<Label>({ name, help, labelNames, buckets, registers });

  collectDefaultMetrics({ register: registry });
  gauge("hubhand_build_info", "Version of hubhand, of Node and the commit it was built from; always 1.", [
    "version",
    "node",
    "commit",
  ]).set({ ...build }, 1);

  return {
    registry,
    methodCalls: counter("hubhand_method_calls_total", "Direct methods answered, by outcome.", [
      "method",
      "outcome",
    ]),
    methodDuration: histogram(
      "hubhand_method_duration_seconds",
      "From the arrival of a call to its reply.",
      ["method"],
      DURATION_BUCKETS,
    ),
    methodQueue: histogram(
      "hubhand_method_queue_seconds",
      "From the arrival of a call to the start of its handler.",
      ["method"],
      DURATION_BUCKETS,
    ),
    methodsInFlight: gauge(
      "hubhand_methods_in_flight",
      "Calls that have no reply yet, queued ones included.",
    ),
    methodsQueued: gauge(
      "hubhand_methods_queued",
      "Calls that wait for their turn; part of those in flight.",
    ),
    methodPayload: histogram(
      "hubhand_method_payload_bytes",
      "Size of payloads, in requests and in replies.",
      ["direction"],
      BYTE_BUCKETS,
    ),
    extraReplies: counter(
      "hubhand_method_extra_replies_total",
      "Answers of handlers after the first, dropped.",
      ["method"],
    ),
    lostReplies: counter("hubhand_method_lost_replies_total", "Replies that found no link to the hub.", [
      "method",
    ]),
    jobsRunning: gauge("hubhand_jobs_running", "Jobs that run now."),
    jobs: counter("hubhand_jobs_total", "Jobs that have ended, by outcome.", ["method", "outcome"]),
    linkState: gauge("hubhand_link_state", "1 for the state that the link is in, 0 for the others.", [
      "state",
    ]),
    linkSessions: counter("hubhand_link_sessions_total", "Attempts to get online, by outcome.", ["outcome"]),
    linkFailures: counter(
      "hubhand_link_failures_total",
      "Sessions that failed or ended, by class of failure.",
      ["class"],
    ),
    linkBackoff: gauge(
      "hubhand_link_backoff_seconds",
      "The wait before the next attempt; 0 when there is none.",
    ),
    linkConnectedSince: gauge(
      "hubhand_link_connected_since_timestamp_seconds",
      "When the session that is online began, in seconds since 1970; 0 when offline.",
    ),
    linkCertificateExpiry: gauge(
      "hubhand_link_certificate_expiry_timestamp_seconds",
      "When the device's certificate ends, in seconds since 1970; 0 for a device without one.",
    ),
    linkChecked: gauge(
      "hubhand_link_checked_timestamp_seconds",
      "When the hub last proved that it sends this device its calls, in seconds since 1970; 0 when offline.",
    ),
    linkCheckInterval: gauge(
      "hubhand_link_check_interval_seconds",
      "How often the hub is asked to prove it (link.subscriptionCheck).",
    ),
    deviceInfo: gauge("hubhand_device_info", "Who the device is to the hub, once that is known; always 1.", [
      "device",
      "module",
      "hub",
    ]),
    clock: gauge("hubhand_clock_timestamp_seconds", "The device's own time, in seconds since 1970."),
    outboxMessages: gauge("hubhand_outbox_messages", "Messages to the hub that it has not acknowledged yet."),
    outboxBytes: gauge("hubhand_outbox_bytes", "Bytes of the same, bodies and properties."),
    outboxOnDisk: gauge(
      "hubhand_outbox_on_disk",
      "1 while messages can be kept on disk, 0 while they are in memory only.",
    ),
    outboxDropped: counter("hubhand_outbox_dropped_total", "Messages that were never sent, by reason.", [
      "reason",
    ]),
    outboxLimitMessages: gauge("hubhand_outbox_limit_messages", "How many messages are kept at most."),
    outboxLimitBytes: gauge("hubhand_outbox_limit_bytes", "How many bytes of messages are kept at most."),
    outboxOldest: gauge(
      "hubhand_outbox_oldest_timestamp_seconds",
      "When the oldest message that waits was handed over, in seconds since 1970; 0 if none waits.",
    ),
    inboxMessages: gauge("hubhand_inbox_messages", "Cloud-to-device messages that are not handled yet."),
    inboxOnDisk: gauge(
      "hubhand_inbox_on_disk",
      "1 while cloud-to-device messages are kept on disk, 0 while they are in memory only.",
    ),
    messages: counter("hubhand_messages_total", "Messages that were handled, by direction and outcome.", [
      "direction",
      "outcome",
    ]),
    messageDuration: histogram(
      "hubhand_message_duration_seconds",
      "Duration of the handling of a cloud-to-device message, by handler.",
      ["handler"],
      DURATION_BUCKETS,
    ),
    twinUpdates: counter("hubhand_twin_updates_total", "Changes of the device twin, by side and outcome.", [
      "side",
      "outcome",
    ]),
    twinVersion: gauge(
      "hubhand_twin_desired_version",
      "Version of the desired properties in force; 0 for none.",
    ),
    pluginUp: gauge("hubhand_plugin_up", "1 for a plugin that serves, 0 for one that is broken.", [
      "plugin",
      "kind",
    ]),
    pluginInfo: gauge("hubhand_plugin_info", "Version of a plugin; always 1.", ["plugin", "kind", "version"]),
    pluginRestarts: counter("hubhand_plugin_restarts_total", "Restarts of a plugin's worker or process.", [
      "plugin",
    ]),
    taskRuns: counter("hubhand_task_runs_total", "Runs of scheduled tasks, by outcome.", ["task", "outcome"]),
    taskDuration: histogram(
      "hubhand_task_duration_seconds",
      "Duration of a task's run.",
      ["task"],
      DURATION_BUCKETS,
    ),
    tasksRunning: gauge("hubhand_task_running", "Runs of a task that go on now.", ["task"]),
    taskNextRun: gauge(
      "hubhand_task_next_run_timestamp_seconds",
      "When a task runs next, in seconds since 1970; 0 for one that does not run by itself.",
      ["task"],
    ),
    taskLastSuccess: gauge(
      "hubhand_task_last_success_timestamp_seconds",
      "When a task last ended well, in seconds since 1970; absent if it has not since the agent started.",
      ["task"],
    ),
    logLines: counter("hubhand_log_lines_total", "Lines of the log, by level.", ["level"]),
    logDropped: counter(
      "hubhand_log_dropped_lines_total",
      "Lines of the log that were dropped, by where they were to go.",
      ["destination"],
    ),
  };
}

import type { Clock } from "../../clock.ts";
import type { MessageHandler } from "../../messages/inbox/handler.ts";
import type { Jobs } from "../../methods/jobs/jobs.ts";
import type { Method } from "../../methods/method.ts";
import type { LogLevel } from "../../observe/log/log-level.ts";
import type { TaskOutcome } from "../../schedule/run-task.ts";
import type { TaskStatus } from "../../schedule/status.ts";
import type { PluginStatus } from "../plugin-set.ts";

/** A metric as it stands now. */
export interface MetricSnapshot {
  readonly name: string;
  /** `counter`, `gauge`, `histogram` … */
  readonly type: string;
  readonly values: readonly unknown[];
}

/** A key of the effective configuration; never a secret. */
export interface ConfigurationEntry {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

/** How one check went. */
export interface CheckOutcome {
  readonly id: string;
  readonly result: "ok" | "warning" | "fatal" | "skipped";
}

/** A file that was written on this device. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** What the built-in methods tell of the agent, and what they let it do. */
export interface BuiltInSources {
  readonly version: string;
  readonly clock: Clock;
  methods(): readonly Method[];
  /** Who takes messages from the hub. */
  messages(): readonly MessageHandler[];
  plugins(): readonly PluginStatus[];
  /** The latest lines of the log, the oldest first: JSON, without secrets. */
  logLines(): readonly string[];
  readonly logLevel: LogLevel;
  metrics(): Promise<readonly MetricSnapshot[]>;
  configuration(): readonly ConfigurationEntry[];
  check(): Promise<readonly CheckOutcome[]>;
  /** Writes what a supporter asks for. */
  writeSupportBundle(): Promise<WrittenFile>;
  /** Rejects with HubhandError PLUGIN_UNKNOWN. */
  restartPlugin(name: string): Promise<PluginStatus>;
  /** Ends the agent in order, to be started afresh. */
  restart(): void;
  readonly tasks: {
    list(): readonly TaskStatus[];
    /** Runs a task now; `undefined` if there is none of that label. */
    run(label: string): Promise<TaskOutcome | undefined>;
  };
  readonly jobs: Pick<Jobs, "list" | "get" | "cancel">;
  /** Asks the host to reboot. */
  readonly reboot: {
    /** Rejects with what is in the way, if the host cannot be asked. */
    possible(): Promise<void>;
    ask(): Promise<void>;
  };
  /** Takes out every secret that is known: what goes to a caller passes through it. */
  redact(text: string): string;
}

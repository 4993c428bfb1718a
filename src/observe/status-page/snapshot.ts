import type { HistoryEntry } from "../history.ts";

/**
 * What the status page shows, and `GET /api/status` answers. Times are ISO 8601, durations milliseconds, sizes bytes.
 * Never a secret: what goes out passes through the redactor, and payloads are there only if `observe.payloads` is on.
 */
export interface StatusSnapshot {
  readonly at: string;
  readonly agent: AgentSection;
  readonly link: LinkSection;
  readonly methods: readonly MethodSection[];
  /** The latest first. */
  readonly calls: readonly RecentCall[];
  readonly plugins: readonly PluginSection[];
  readonly tasks: readonly TaskSection[];
  readonly outbox: OutboxSection;
  readonly inbox: InboxSection;
  readonly twin: TwinSection;
  readonly jobs: { readonly running: number };
  /** What may be done from the page; it is not there unless `observe.controlToken` is set. */
  readonly control: { readonly possible: boolean };
}

export interface AgentSection {
  readonly version: string;
  readonly commit: string;
  /** What the operator calls what runs; absent if it has no name. */
  readonly revision?: string;
  readonly node: string;
  readonly host: string;
  readonly platform: string;
  readonly startedAt: string;
  readonly residentBytes: number;
  readonly logLevel: { readonly level: string; readonly configured: string; readonly until?: string };
  /** Which run of the agent this is, and how the last one ended. */
  readonly bootCount?: number;
  readonly lastExit?: string;
  /** As `/readyz`. */
  readonly ready: boolean;
  /** The parts that are not ready, and why. */
  readonly problems: readonly { readonly part: string; readonly problem: string }[];
}

export interface LinkSection {
  /** `stopped`, `connecting`, `online`, `waiting` or `closing`. */
  readonly state: string;
  /** Since when it is in this state. */
  readonly since: string;
  /** While online: `mqtt` or `websockets`. */
  readonly way?: string;
  /** Hub, device, module, gateway, kind of proof: whatever is known. */
  readonly identity: Readonly<Record<string, string>>;
  /** While waiting: when the next attempt is due. */
  readonly nextAttemptAt?: string;
  readonly lastFailure?: { readonly at: string; readonly class: string; readonly message: string };
  readonly connects: number;
  readonly failures: number;
  /** When the hub last proved that it sends this device its calls. */
  readonly checkedAt?: string;
  /** How often it is asked to. */
  readonly checkEveryMs: number;
  /** It is online, and three of those are overdue: calls may not arrive. */
  readonly deaf: boolean;
  /** When the device's certificate ends, for one that has one. */
  readonly certificateEndsAt?: string;
  /** The oldest first: `{at, state}` or `{at, failure, reason, message}`. */
  readonly history: readonly HistoryEntry[];
}

export interface MethodSection {
  readonly name: string;
  readonly plugin: string;
  readonly description?: string;
  /** Since the agent started. */
  readonly calls: number;
  readonly errors: number;
  /** In the last minute. */
  readonly perMinute: number;
  readonly inFlight: number;
  /** Of the latest calls, 200 at most; absent without any. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  /** The slowest call of each ten seconds of the last ten minutes, the oldest first; null without any. 60 entries. */
  readonly sparkline: readonly (number | null)[];
  readonly lastError?: {
    readonly at: string;
    readonly status: number;
    readonly outcome: string;
    readonly text: string;
  };
}

export interface RecentCall {
  readonly at: string;
  readonly method: string;
  readonly requestId: string;
  readonly status: number;
  readonly outcome: string;
  readonly ms: number;
  /** What was asked and what was answered, shortened; only with `observe.payloads`. */
  readonly request?: string;
  readonly reply?: string;
}

export interface PluginSection {
  readonly name: string;
  readonly kind: string;
  readonly up: boolean;
  readonly version?: string;
  readonly problem?: string;
  readonly restarts: number;
  readonly methods: readonly string[];
  /** The latest lines it logged, 20 at most, the oldest first. */
  readonly log: readonly { readonly at: string; readonly level: string; readonly text: string }[];
}

export interface TaskSection {
  /** `plugin/task`, or the name of a task of the device's own. */
  readonly task: string;
  readonly description?: string;
  /** When it runs, for people: `every 15m`, `0 3 * * *`. */
  readonly timing: string;
  readonly enabled: boolean;
  readonly running: number;
  readonly next?: string;
  readonly last?: { readonly at: string; readonly outcome: string; readonly ms: number };
}

export interface OutboxSection {
  readonly messages: number;
  readonly bytes: number;
  readonly limitMessages: number;
  readonly limitBytes: number;
  readonly onDisk: boolean;
  /** When the oldest that waits was handed over. */
  readonly oldestAt?: string;
  readonly problem?: string;
  /** Since the agent started, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface InboxSection {
  readonly waiting: number;
  readonly problem?: string;
}

export interface TwinSection {
  /** False if nobody wants a twin. */
  readonly on: boolean;
  /** Of the desired properties in force. */
  readonly version?: number;
  readonly refused: readonly string[];
  readonly absent: readonly string[];
  readonly problem?: string;
}

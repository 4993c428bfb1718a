import { parseServiceConnectionString } from "./connection-string.ts";
import { type DeviceKeys, ensureDevice } from "./ensure-device.ts";
import { readCaFile } from "./files.ts";
import { invokeMethod, type MethodResponse } from "./invoke-method.ts";
import { cancelJob, createMethodJob, getJob, type HubJob, type MethodJob } from "./jobs.ts";
import type { MethodInvocation } from "./method-invocation.ts";
import { type QueryOptions, queryPages, type Row } from "./query.ts";
import { createRequests, type SendRequest } from "./requests.ts";
import { type Patience, whileThrottled } from "./throttled.ts";

export interface ServiceClientOptions {
  /** A secret; it reaches no error. */
  readonly connectionString: string;
  /** Where it came from, for errors: "environment variable IOTHUB_CONNECTION_STRING". */
  readonly origin: string;
  /** PEM of the authorities to trust for this hub, in place of this machine's list. */
  readonly ca?: string | undefined;
  /** A file with the same. */
  readonly caFile?: string | undefined;
  /** Milliseconds to reach the hub, TLS included; 15 s if absent. */
  readonly reachMs?: number;
  /** Milliseconds that the hub may take beyond a call's own time-outs; 10 s if absent. */
  readonly graceMs?: number;
  /** For how long what the hub refuses with 429 is sent again; it is given up at once if absent. */
  readonly patience?: Patience | undefined;
  /** Ends what is under way with INTERRUPTED. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The service side of one hub. What it promises rejects with a HubhandError of a `ServiceFailureCode`, whose details
 * are `{ reason }`, a short stable word, or with INTERRUPTED. Nothing is tried twice but what was throttled (`patience`).
 */
export interface ServiceClient {
  /** Calls a direct method and waits for the device's answer. The policy needs the right "Service Connect". */
  invokeMethod(call: MethodInvocation): Promise<MethodResponse>;
  /** Finds the device, or creates it with keys that the hub makes. The policy needs rights on the registry. */
  ensureDevice(deviceId: string): Promise<DeviceKeys>;
  /** The rows of a query, page by page. The policy needs the right "Registry Read". */
  query(text: string, options?: QueryOptions): AsyncGenerator<readonly Row[], void, void>;
  /** Has the hub call a method on all devices of a condition. The policy needs the rights to read and write the registry. */
  createMethodJob(job: MethodJob): Promise<HubJob>;
  getJob(jobId: string): Promise<HubJob>;
  cancelJob(jobId: string): Promise<HubJob>;
}

/**
 * Makes the service side of a hub, on Microsoft's azure-iothub. It opens no connection before it is asked something,
 * and holds none afterwards: there is nothing to close.
 * @throws HubhandError CONFIG_INVALID if the connection string or the CA file cannot be used
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { reachMs = 15_000, graceMs = 10_000, patience, signal } = options;
  const connection = parseServiceConnectionString(options.connectionString, options.origin);
  const ca = options.ca ?? (options.caFile === undefined ? undefined : readCaFile(options.caFile));
  const once = createRequests({ connection, ca, reachMs, signal });
  const send: SendRequest =
    patience === undefined
      ? once
      : (subject, request) => whileThrottled(() => once(subject, request), { patience, signal });
  const requests = { send, answerMs: graceMs };

  return {
    invokeMethod: (call) => invokeMethod(call, { send, graceMs }),
    ensureDevice: (deviceId) => ensureDevice({ deviceId, ...requests }),
    query: (text, { pageSize } = {}) => queryPages(text, { pageSize, send, answerMs: QUERY_ANSWER_MS }),
    createMethodJob: (job) => createMethodJob(job, requests),
    getJob: (jobId) => getJob(jobId, requests),
    cancelJob: (jobId) => cancelJob(jobId, requests),
  };
}

/** A page of a thousand twins takes its time. */
const QUERY_ANSWER_MS = 60_000;

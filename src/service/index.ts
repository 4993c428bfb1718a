export { createServiceClient, type ServiceClient, type ServiceClientOptions } from "./client.ts";
export { parseServiceConnectionString } from "./connection-string.ts";
export {
  CONNECTION_STRING_FILE_VARIABLE,
  CONNECTION_STRING_VARIABLE,
  findConnectionString,
} from "./credentials.ts";
export type { ServiceFailureCode } from "./failure.ts";
export { interrupted } from "./interrupted.ts";
export { type JobResult, jobResultsQuery, readJobResult } from "./job-results.ts";
export { type HubJob, isOver, type JobFigures, type MethodJob } from "./jobs.ts";
export { CONNECT_TIMEOUT_SECONDS, RESPONSE_TIMEOUT_SECONDS } from "./limits.ts";
export type { MethodInvocation } from "./method-invocation.ts";
export { parsePayload } from "./payload.ts";
export { devicesQuery, PAGE_LIMIT, quoted, type Row } from "./query.ts";
export type { ThrottledWait } from "./throttled.ts";

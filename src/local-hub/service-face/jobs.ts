import type { Jobs } from "../jobs/jobs.ts";
import { readJob } from "../jobs/read-job.ts";
import { pageOf } from "../queries/pages.ts";
import { json } from "./answers.ts";
import { parseObject } from "./body.ts";
import { createContinuations } from "./continuation.ts";
import type { Route } from "./routing.ts";

/**
 * Scheduled jobs (learn.microsoft.com, "Schedule jobs on multiple devices"). They need the rights to read and to write the
 * registry ("Get started with jobs").
 */
export function jobRoutes({ jobs, now }: { jobs: Jobs; now: () => number }): Route[] {
  const continuations = createContinuations();
  return [
    {
      method: "GET",
      path: "/jobs/v2/query",
      right: "RegistryRead",
      handle({ query, header }) {
        const about = JSON.stringify(["jobs", query.get("jobType"), query.get("jobStatus")]);
        // Of two that were made in the same millisecond the first stays the first.
        const keyOf = (createdTime: unknown, index: number) =>
          `${createdTime} ${String(index).padStart(9, "0")}`;
        const rows = jobs.list().map((item, index) => ({ key: keyOf(item.createdTime, index), item }));
        const fitting = rows.filter(
          ({ item }) => fits(item.type, query.get("jobType")) && fits(item.status, query.get("jobStatus")),
        );
        const options = { ...continuations.read(header, about), top: Number.POSITIVE_INFINITY };
        const { items, next } = pageOf(fitting, options);
        return json(items, {
          headers: { "x-ms-item-type": "JobResponse", ...continuations.write(next, about) },
        });
      },
    },
    {
      method: "PUT",
      path: "/jobs/v2/{jobId}",
      right: "RegistryWrite",
      handle: ({ parameters: { jobId = "" }, body }) =>
        json(jobs.create(readJob(parseObject(body), { jobId, now: now() }))),
    },
    {
      method: "GET",
      path: "/jobs/v2/{jobId}",
      right: "RegistryRead",
      handle: ({ parameters: { jobId = "" } }) => json(jobs.get(jobId)),
    },
    {
      method: "POST",
      path: "/jobs/v2/{jobId}/cancel",
      right: "RegistryWrite",
      handle: ({ parameters: { jobId = "" } }) => json(jobs.cancel(jobId)),
    },
  ];
}

function fits(value: unknown, wanted: string | null): boolean {
  return wanted === null || wanted === "" || String(value).toLowerCase() === wanted.toLowerCase();
}

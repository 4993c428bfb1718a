import path from "node:path";
import type { Config } from "../config/schema.ts";
import { createJobs, type Jobs, type JobsOptions } from "../methods/jobs/jobs.ts";
import { createJobStore } from "../methods/jobs/store.ts";
import type { MethodRegistry } from "../methods/registry.ts";

export interface ConfiguredJobsOptions extends Pick<JobsOptions, "metrics" | "logger"> {
  readonly config: Pick<Config, "methods" | "state">;
  readonly registry: Pick<MethodRegistry, "has">;
}

/** Jobs under the limits of the configuration, kept in the state directory. */
export function configuredJobs({ config, registry, ...options }: ConfiguredJobsOptions): Jobs {
  const directory = path.join(config.state.directory, "jobs");
  return createJobs({
    ...options,
    ...config.methods.jobs,
    isMethod: registry.has,
    store: createJobStore({ directory, logger: options.logger }),
  });
}

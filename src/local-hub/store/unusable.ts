import { HubhandError } from "../../errors.ts";

/** What a person is told of a file in the data folder that cannot be used. */
export function unusable(path: string, why: string, cause?: unknown): HubhandError {
  return new HubhandError(
    "CONFIG_INVALID",
    `the local hub cannot use ${path}: ${why}. Repair it, or remove it to start with an empty hub.`,
    { cause },
  );
}

import { HubError } from "../hub-error.ts";

/**
 * What the service answers to a query that it does not take: 400 `ArgumentInvalid`. Its own text says no more than
 * "BadRequest"; this one says where and why. `position` counts characters from 1. No string of the query is repeated: it may be a secret.
 */
export function queryError(position: number, problem: string): HubError {
  return new HubError("ArgumentInvalid", `the query is invalid at character ${position}: ${problem}`);
}

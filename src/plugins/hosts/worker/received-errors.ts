import { HubhandError } from "../../../errors.ts";
import type { Failure, Thrown } from "./protocol.ts";

/** An error of the plugin's, with the stack that its author knows. */
export function errorOf({ name, message, stack }: Thrown): Error {
  // The log tells the name only of an error that has no class of its own.
  return Object.defineProperties(new Error(message), {
    name: { value: name },
    stack: { value: stack ?? message },
    constructor: { value: undefined },
  });
}

/** What a call failed with: the plugin's own error, or one of ours with its code. */
export function failureOf({ code, message, details, thrown }: Failure): Error {
  return thrown === undefined ? new HubhandError(code, message, { details }) : errorOf(thrown);
}

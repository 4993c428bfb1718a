import { cut } from "../../../../cut.ts";
import { messageOf } from "../../../../errors.ts";
import type { Thrown } from "../protocol.ts";

/** Longer messages and stacks tell nobody more, and cost the agent. */
const LONGEST = 8_192;

const shortened = (text: string): string => cut(text, LONGEST);

/** Whatever was thrown, as data. Never throws. */
export function describeThrown(error: unknown): Thrown {
  const message = shortened(messageOf(error));
  try {
    if (error instanceof Error)
      return { name: shortened(String(error.name)), message, stack: shortened(String(error.stack)) };
  } catch {
    // One that throws when it is read; its message says so.
  }
  return { name: "Error", message, stack: undefined };
}

import { messageOf } from "../../../../errors.ts";
import type { Thrown } from "../protocol.ts";

/** Longer messages and stacks tell nobody more, and cost the agent. */
const LONGEST = 8_192;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** Whatever was thrown, as data. Never throws. */
export function describeThrown(error: unknown): Thrown {
  const message = cut(messageOf(error));
  try {
    if (error instanceof Error)
      return { name: cut(String(error.name)), message, stack: cut(String(error.stack)) };
  } catch {
    // One that throws when it is read; its message says so.
  }
  return { name: "Error", message, stack: undefined };
}

import type { Allowance } from "../../allowance.ts";
import { lineWriter } from "../../line-writer.ts";
import type { FromPlugin } from "../protocol.ts";

export interface OutputOptions {
  post(message: FromPlugin): void;
  readonly allowance: Allowance;
}

/**
 * Makes lines of the log of what a plugin writes to standard output and error, console.log included. Too much is dropped
 * here, where it is made: nobody else has work with it.
 */
export function takeOutput({ post, allowance }: OutputOptions): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const value = lineWriter((line) => {
      if (allowance.take()) post({ type: "output", stream, line });
    });
    // The streams of process are made when they are first asked for; console asks then, and gets these.
    Object.defineProperty(process, stream, { configurable: true, enumerable: true, value });
  }
}

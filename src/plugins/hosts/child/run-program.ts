import type { Readable } from "node:stream";
import { waitAtMost } from "../../../clock.ts";
import { HubhandError } from "../../../errors.ts";
import type { Logger } from "../../../events/logger.ts";
import { MAX_REPLY_BYTES } from "../../../methods/reply.ts";
import { KIBIBYTE } from "../../../sizes.ts";
import { type Child, type ChildSettings, READ_GRACE_MS, startChild } from "./child.ts";
import { logErrorLines } from "./error-lines.ts";
import type { Sweep } from "./sweep.ts";

/** Room for white space, and for a status around the payload. */
const MOST_OUTPUT_BYTES = MAX_REPLY_BYTES + 16 * KIBIBYTE;
/** One run of a program. */
export interface Run {
  readonly child: ChildSettings;
  readonly settings: Record<string, unknown>;
  /** Variables that say what it is run for. */
  readonly variables: Readonly<Record<string, string>>;
  /** The same as data, for file descriptor 3. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Its standard input, as it is. */
  readonly input: string | Buffer;
  readonly signal: AbortSignal;
  readonly logger: () => Logger;
  /** Those that run; it enters itself. */
  readonly running: Set<Child>;
  /** Told of each that has ended by itself. */
  readonly sweep: Sweep;
}

/**
 * Runs a program to its end.
 * @returns its standard output
 * @throws HubhandError METHOD_FAILED unless it exited with 0, REPLY_TOO_LARGE; nothing of it runs then
 */
export async function runProgram(run: Run): Promise<string> {
  const { settings, variables, about, input, signal, logger, running, sweep } = run;
  const { clock, declaration } = run.child;
  const context = JSON.stringify({ plugin: declaration.name, ...about, settings });
  await run.child.groups.turn();
  signal.throwIfAborted();
  const child = startChild(run.child, { variables, withContext: true });
  running.add(child);
  let ending: Promise<void> | undefined;
  const onAbort = (): void => {
    ending = child.end();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const errors = logErrorLines(child.stderr, { logger, clock });
    const output = collect(child.stdout);
    // In the environment everybody on the machine with the same user could read them, and each of its own children.
    child.context?.end(context);
    child.stdin.end(input);
    await Promise.race([child.ended, output.tooMuch]);
    if (output.isTooMuch()) {
      ending = child.kill();
      const limit = MAX_REPLY_BYTES;
      throw new HubhandError(
        "REPLY_TOO_LARGE",
        `the program wrote more than the ${limit} bytes that the hub takes`,
        {
          details: { limit },
        },
      );
    }
    const { ok, why } = await child.ended;
    await waitAtMost(Promise.all([output.read, errors.read]), READ_GRACE_MS, clock);
    if (ok) return output.text();
    errors.tellDropped();
    throw new HubhandError("METHOD_FAILED", `the program failed, ${why}${errors.last()}`);
  } finally {
    signal.removeEventListener("abort", onAbort);
    for (const stream of [child.stdout, child.stderr, child.context]) stream?.destroy();
    // What has left its group is looked for last; who stops the plugin waits for that as well.
    if (ending === undefined) sweep.later(child.mark);
    await ending;
    running.delete(child);
  }
}

/** Keeps what a program writes, up to a limit. */
function collect(stream: Readable) {
  const parts: Buffer[] = [];
  let bytes = 0;
  const tooMuch = Promise.withResolvers<void>();
  const read = new Promise<void>((resolve) => stream.once("close", resolve).once("end", resolve));
  stream.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes <= MOST_OUTPUT_BYTES) parts.push(part);
    else {
      stream.pause();
      tooMuch.resolve();
    }
  });
  return {
    read,
    tooMuch: tooMuch.promise,
    isTooMuch: () => bytes > MOST_OUTPUT_BYTES,
    text: () => Buffer.concat(parts).toString("utf8"),
  };
}

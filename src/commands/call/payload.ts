import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { HubhandError } from "../../errors.ts";
import { whyUnreadable } from "../../files/unreadable.ts";
import { parsePayload } from "../../service/index.ts";
import { MEBIBYTE } from "../../sizes.ts";
import type { VerbIo } from "../back-end/verb-io.ts";

/** The hub takes 128 KiB of JSON without spaces; whoever writes it with them may need more. */
const MOST_BYTES = MEBIBYTE;

/**
 * The payload that an argument stands for: JSON itself, `@` and a file that holds it, or `-` for standard input. No JSON
 * begins with `@` or is `-`.
 * @throws HubhandError CALL_INVALID
 */
export async function readPayload(
  written: string | undefined,
  io: Pick<VerbIo, "cwd" | "input" | "writeError">,
): Promise<unknown> {
  if (written === undefined) return null;
  if (written === "-") {
    if (io.input.isTerminal) io.writeError("The payload, as JSON; Ctrl-D ends it:\n");
    return parsePayload(await readAll(io.input.read(), "standard input"));
  }
  if (!written.startsWith("@")) return parsePayload(written);
  const path = written.slice(1);
  // A stream, as it may be a pipe: @<(jq …).
  return parsePayload(
    await readAll(createReadStream(resolve(io.cwd, path)), `the file ${JSON.stringify(path)}`),
  );
}

async function readAll(source: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > MOST_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new HubhandError("CALL_INVALID", `The payload, ${what}, cannot be read: ${whyUnreadable(error)}.`, {
      cause: error,
    });
  }
  if (bytes > MOST_BYTES) {
    throw new HubhandError(
      "CALL_INVALID",
      `The payload, ${what}, is over 1 MiB; the hub takes 128 KiB. Nothing was sent.`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new HubhandError("CALL_INVALID", `The payload, ${what}, is not UTF-8 text.`, { cause: error });
  }
}

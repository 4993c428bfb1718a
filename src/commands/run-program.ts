import { HubhandError, messageOf } from "../errors.ts";
import { endWithItsReader } from "./process/broken-pipe.ts";
import { programFor, withoutHelp } from "./program.ts";

/** Reads the verb, hands over to its command, and turns what it throws into a line and an exit code. Never rejects. */
export async function runProgram(
  typed: readonly string[],
  { isAgent }: { readonly isAgent: boolean },
): Promise<void> {
  try {
    // An agent goes on whoever reads its log (observe/log/standard-output.ts).
    if (!isAgent) endWithItsReader(process);
    const argv = withoutHelp(typed);
    const program = await programFor(argv);
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (isCommanderExit(error)) return error.exitCode === 0 ? 0 : 78; // commander has said what is wrong
  if (error instanceof HubhandError) {
    process.stderr.write(`hubhand: ${error.message}\n`);
    return error.exitCode;
  }
  const detail = error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
  process.stderr.write(`hubhand: internal fault, please report it: ${detail}\n`);
  return 70;
}

function isCommanderExit(error: unknown): error is { exitCode: number } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}

import { endWithItsReader } from "./commands/process/broken-pipe.ts";
import { programFor, withoutHelp } from "./commands/program.ts";
import { HubhandError, messageOf } from "./errors.ts";

/** Reads the verb, hands over to its command, and turns what it throws into a line and an exit code. */
async function main(typed: readonly string[]): Promise<void> {
  const argv = withoutHelp(typed);
  // An agent goes on whoever reads its log (observe/log/standard-output.ts).
  const isAgent = argv[0] === "run" && !argv.includes("--help") && !argv.includes("-h");
  if (!isAgent) endWithItsReader(process);
  const program = await programFor(argv);
  await program.parseAsync(argv, { from: "user" });
}

// The SDKs' debug output shows whole tokens, past every redaction; they read this when they are loaded.
delete process.env.DEBUG;
// With it every server would be believed, whoever it is; each of ours has its own way to name an authority.
if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== undefined) {
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.stderr.write(
    "hubhand: NODE_TLS_REJECT_UNAUTHORIZED is not heeded: certificates are checked. Name the hub's authority with hub.caFile (run, check) or --ca-file (call).\n",
  );
}
// Node would open a debugger, to which everybody on this machine may connect, and a container beside the agent's as well; a
// plugin can send the signal. With a listener of ours it does not.
process.on("SIGUSR1", () => {});
// Two old habits of the SDKs' dependencies (punycode, url.parse) are nothing that whoever runs hubhand can mend.
process.noDeprecation = true;

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
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

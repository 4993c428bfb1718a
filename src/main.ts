import { loadAgent } from "./agent-file.ts";

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

const typed = process.argv.slice(2);
const isAgent = typed[0] === "run" && !typed.includes("--help") && !typed.includes("-h");
// Only now, as the above comes first for all that is loaded; and of the agent in the bundle there is one file, compiled.
const loaded = isAgent ? loadAgent() : undefined;
const { runProgram } = loaded ?? (await import("./commands/run-program.ts"));
await runProgram(typed, { isAgent });

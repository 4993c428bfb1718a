import { Command } from "commander";
import { HubhandError, messageOf } from "./errors.ts";
import { VERSION } from "./version.ts";

/** The verbs; each is loaded only when it is asked for, as a device needs but one of them. */
const VERBS: readonly { name: string; load(): Promise<Command> }[] = [
  { name: "run", load: async () => (await import("./commands/run.ts")).runCommand() },
  { name: "demo", load: async () => (await import("./commands/demo.ts")).demoCommand() },
  { name: "hub", load: async () => (await import("./commands/hub.ts")).hubCommand() },
  { name: "call", load: async () => (await import("./commands/call.ts")).callCommand() },
  { name: "devices", load: async () => (await import("./commands/devices.ts")).devicesCommand() },
  { name: "watch", load: async () => (await import("./commands/watch.ts")).watchCommand() },
  { name: "check", load: async () => (await import("./commands/check.ts")).checkCommand() },
  { name: "new-plugin", load: async () => (await import("./commands/new-plugin.ts")).newPluginCommand() },
  { name: "test", load: async () => (await import("./commands/test.ts")).testCommand() },
  { name: "model", load: async () => (await import("./commands/model.ts")).modelCommand() },
  { name: "config", load: async () => (await import("./commands/config.ts")).configCommand() },
];

/** Reads the verb, hands over to its command, and turns what it throws into a line and an exit code. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("hubhand")
    .description(
      "The device agent for Azure IoT Hub: it answers direct methods with your plugins, for years.",
    )
    .version(VERSION)
    .exitOverride();
  const asked = VERBS.find(({ name }) => name === argv[0]);
  for (const { load } of asked === undefined ? VERBS : [asked]) program.addCommand(inherit(await load()));
  await program.parseAsync(argv, { from: "user" });
}

/** A verb's wrong flags end as the program's do. */
const inherit = (command: Command): Command =>
  command.exitOverride().showHelpAfterError("(--help shows what there is)");

// The SDKs' debug output shows whole tokens, past every redaction; they read this when they are loaded.
delete process.env.DEBUG;
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

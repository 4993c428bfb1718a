import type { Command } from "commander";

/** A verb of the command line, as the list of all verbs tells it. */
export interface Verb {
  readonly name: string;
  /** The heading that it stands under: who uses it. */
  readonly group: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** Makes its command. What it stands on is loaded only then. */
  load(): Promise<Command>;
}

const DEVICE = "On a device:";
const AUTHOR = "For who writes plugins:";
const BACK_END = "For who runs the back end:";
/** The heading of what is about the command line itself. */
export const SHELL = "For the command line:";

/** The verbs, in the order in which help tells them; each is loaded only when it is asked for, as a device needs but one. */
export const VERBS: readonly Verb[] = [
  {
    name: "run",
    group: DEVICE,
    summary: "run the device agent until it is told to stop",
    load: async () => (await import("./run.ts")).runCommand(),
  },
  {
    name: "check",
    group: DEVICE,
    summary: "say what is wrong, and what to do",
    load: async () => (await import("./check.ts")).checkCommand(),
  },
  {
    name: "config",
    group: DEVICE,
    summary: "show the configuration in force, and where each value comes from",
    load: async () => (await import("./config.ts")).configCommand(),
  },
  {
    name: "demo",
    group: AUTHOR,
    summary: "show it all on this machine: a hub, an agent, and calls to it",
    load: async () => (await import("./demo.ts")).demoCommand(),
  },
  {
    name: "hub",
    group: AUTHOR,
    summary: "run an IoT Hub on this machine",
    load: async () => (await import("./hub.ts")).hubCommand(),
  },
  {
    name: "new-plugin",
    group: AUTHOR,
    summary: "write a new plugin, with its test",
    load: async () => (await import("./new-plugin.ts")).newPluginCommand(),
  },
  {
    name: "test",
    group: AUTHOR,
    summary: "run the tests of plugins",
    load: async () => (await import("./test.ts")).testCommand(),
  },
  {
    name: "model",
    group: AUTHOR,
    summary: "print the Plug and Play model of a device and its plugins",
    load: async () => (await import("./model.ts")).modelCommand(),
  },
  {
    name: "call",
    group: BACK_END,
    summary: "call a direct method of a device or module",
    load: async () => (await import("./call.ts")).callCommand(),
  },
  {
    name: "devices",
    group: BACK_END,
    summary: "list devices: whether they are connected, and what they run",
    load: async () => (await import("./devices.ts")).devicesCommand(),
  },
  {
    name: "watch",
    group: BACK_END,
    summary: "show what changes among devices, as it changes",
    load: async () => (await import("./watch.ts")).watchCommand(),
  },
  {
    name: "completion",
    group: SHELL,
    summary: "print what completes hubhand's commands in your shell",
    load: async () => (await import("./completion.ts")).completionCommand(),
  },
];

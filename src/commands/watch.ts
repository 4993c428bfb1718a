import { Command } from "commander";
import { SECOND } from "../durations.ts";
import { HubhandError } from "../errors.ts";
import { quoted } from "../service/index.ts";
import { checkCondition } from "./back-end/condition.ts";
import {
  addServiceFlags,
  openService,
  type ServiceFlags,
  serviceHelp,
  tellingErrors,
} from "./back-end/service-flags.ts";
import { processIo, type VerbIo } from "./back-end/verb-io.ts";
import { readSeconds } from "./command-line/duration-flag.ts";
import { examples } from "./command-line/examples.ts";
import { keepLooking } from "./watch/keep-looking.ts";
import { createWatcher } from "./watch/look.ts";

interface WatchFlags extends ServiceFlags {
  readonly query?: string;
  readonly every: string;
}

/** Shorter would be near the hub's limit with a single thousand of devices. */
const EVERY_SECONDS = { min: 5, max: 3600 };
/** The verb `watch`: prints what changes about devices, by looking at their twins again and again, until it is stopped. */
export function watchCommand(given: Partial<VerbIo> = {}): Command {
  const io: VerbIo = { ...processIo(), ...given };
  const command = new Command("watch")
    .description(
      "print what changes about devices: connections, versions, restarts, plugins, what is desired of them",
    )
    .argument("[device]", "the id of the only one to watch")
    .option("--query <condition>", "those that fit: tags.site = 'x'; all if neither is given")
    .option("--every <duration>", "how often to look: 5s to 1h", "1m");
  return addServiceFlags(command, { json: "print JSON, a line for each change" })
    .addHelpText("after", HELP)
    .action((device: string | undefined, flags: WatchFlags) =>
      tellingErrors(flags, io, async () => {
        if (device !== undefined && flags.query !== undefined) {
          throw new HubhandError("CALL_INVALID", "A device and --query do not go together.");
        }
        checkCondition(flags.query);
        const everyMs = readSeconds("--every", flags.every, EVERY_SECONDS) * SECOND;
        const signal = io.listenForStop();
        const client = openService(flags, io, signal);
        const condition = device === undefined ? flags.query : `deviceId = ${quoted(device)}`;
        const watcher = createWatcher({ client, condition });
        await keepLooking(watcher, { io, signal, everyMs, json: flags.json === true, device });
      }),
    );
}

const HELP = `${examples([
  ["hubhand watch", "all devices, a look a minute"],
  ["hubhand watch pi-1 --every 10s", "one of them, closely"],
  ["hubhand watch --query \"tags.site = 'x'\"", "those that fit"],
  ["hubhand watch --json", "a line of JSON for each change"],
])}
${serviceHelp('"Registry Read"')}

Exit status: 0 when it is stopped; that of an error is as
hubhand call --help tells.
Messages of devices are read elsewhere: az iot hub monitor-events.`;

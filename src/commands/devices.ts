import { Command, Option } from "commander";
import { HubhandError } from "../errors.ts";
import { checkCondition } from "./back-end/condition.ts";
import {
  addServiceFlags,
  openService,
  type ServiceFlags,
  serviceHelp,
  tellingErrors,
} from "./back-end/service-flags.ts";
import { processIo, type VerbIo } from "./back-end/verb-io.ts";
import { examples } from "./command-line/examples.ts";
import { countBy } from "./devices/count-by.ts";
import { listDevices, SORT_KEYS, type SortKey } from "./devices/list.ts";

interface DevicesFlags extends ServiceFlags {
  readonly query?: string;
  readonly by?: string;
  readonly tags?: boolean;
  readonly modules?: boolean;
  readonly limit?: string;
  readonly sort?: SortKey;
}

/** The verb `devices`: lists the devices of a hub, or counts them by a property. */
export function devicesCommand(given: Partial<VerbIo> = {}): Command {
  const io: VerbIo = { ...processIo(), ...given };
  const command = new Command("devices")
    .description(
      "list the devices of a hub: whether they are connected, when they were last active, and what they run",
    )
    .option("--query <condition>", "only those that fit: tags.site = 'x'")
    .option(
      "--by <property>",
      "count them by version, revision, state, or a path of the twin, such as tags.site",
    )
    .option("--tags", "with their tags")
    .option("--modules", "their modules in place of the devices")
    .option("--limit <number>", "at most so many")
    .addOption(new Option("--sort <key>", "otherwise in the hub's order, as they come").choices(SORT_KEYS));
  return addServiceFlags(command, { json: "print JSON, a line for each" })
    .addHelpText("after", HELP)
    .action((flags: DevicesFlags) =>
      tellingErrors(flags, io, async () => {
        const { query: condition, by, sort, tags = false, modules = false } = flags;
        const json = flags.json === true;
        const limit = readLimit(flags.limit);
        checkCondition(condition);
        if (by !== undefined && (tags || modules || sort !== undefined || flags.limit !== undefined)) {
          throw invalid("--by counts, and lists nothing: it goes with --query alone");
        }
        const client = openService(flags, io, io.listenForStop());
        if (by !== undefined) return await countBy({ client, io, json, condition, by });
        await listDevices({ client, io, json, condition, tags, modules, limit, sort });
      }),
    );
}

function readLimit(written: string | undefined): number {
  if (written === undefined) return Number.POSITIVE_INFINITY;
  const limit = Number(written);
  if (/^\d+$/.test(written) && Number.isSafeInteger(limit) && limit > 0) return limit;
  throw invalid(`--limit is ${JSON.stringify(written)}; expected a whole number from 1`);
}

const invalid = (problem: string): HubhandError => new HubhandError("CALL_INVALID", `${problem}.`);

const HELP = `${examples([
  ["hubhand devices", "all of them"],
  ["hubhand devices --query \"tags.site = 'x'\" --tags", "some, with their tags"],
  ["hubhand devices --sort activity --limit 20", "those that are silent for longest"],
  ["hubhand devices --by revision", "how far a rollout is"],
  ["hubhand devices --json", "a line of JSON for each"],
])}
${serviceHelp('"Registry Read"')}

Exit status: 0, also of an empty list; that of an error is as
hubhand call --help tells.`;

/** What a fleet asks of its hubs, and how it comes back to them: `npm run bench:fleet`. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { TIERS } from "./limits.ts";
import { dayOf, type Fleet, USUAL } from "./loads.ts";
import { PAGE, withSections } from "./page.ts";
import { broadcastSeconds, planOf, registrationHours, returnSeconds, shardsOf } from "./plan.ts";
import { simulateReturn } from "./return.ts";
import { ARITHMETIC, duration, layoutName, layouts, returnTable, SERIES } from "./tables.ts";

const USAGE = `npm run bench:fleet -- [--no-simulation] [--write]
npm run bench:fleet -- --devices N [--tier S1|S2|S3] [--heartbeat S] [--messages N] [--methods N]
                       [--twin-changes N] [--twin-bytes N] [--token-lifetime S] [--subscription-check S]

Without --devices: every table of docs/fleet/a-million-devices.md, which takes two minutes.

  --no-simulation         only what is reckoned, which takes a second
  --write                 writes the tables into the page
  --devices N             your fleet: what it asks for, the hubs that bear it, how long it takes to come back to them, a job
                          to all, a first registration, and its series
  --tier                  of one tier (all)
  --heartbeat S           schedule.heartbeat, in seconds (${USUAL.heartbeat}); Infinity: none
  --messages N            that plugins send in a day, of a device (${USUAL.messages})
  --methods N             a device is called in a day (${USUAL.methods})
  --twin-changes N        that a back end makes to a device's twin in a day (${USUAL.twinChanges})
  --twin-bytes N          of the twin as a device reads it (${USUAL.twinBytes})
  --token-lifetime S      link.tokenLifetime, in seconds (${USUAL.tokenLifetime}); Infinity: a certificate
  --subscription-check S  link.subscriptionCheck, in seconds (${USUAL.subscriptionCheck})
`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const OF_FLEET = {
  tier: text,
  heartbeat: text,
  messages: text,
  methods: text,
  "twin-changes": text,
  "twin-bytes": text,
  "token-lifetime": text,
  "subscription-check": text,
} as const;
const values = readFlags();

const fleet: Fleet = {
  ...USUAL,
  name: "yours",
  devices: number(values.devices, USUAL.devices),
  heartbeat: number(values.heartbeat, USUAL.heartbeat),
  messages: number(values.messages, USUAL.messages),
  methods: number(values.methods, USUAL.methods),
  twinChanges: number(values["twin-changes"], USUAL.twinChanges),
  twinBytes: number(values["twin-bytes"], USUAL.twinBytes),
  tokenLifetime: number(values["token-lifetime"], USUAL.tokenLifetime),
  subscriptionCheck: number(values["subscription-check"], USUAL.subscriptionCheck),
};
const tiers = Object.values(TIERS).filter(({ name }) => values.tier === undefined || name === values.tier);
const { heartbeat, tokenLifetime, subscriptionCheck, devices, name: _, ...numbers } = fleet;
const isWrong =
  [heartbeat, tokenLifetime, subscriptionCheck].some((seconds) => !(seconds > 0)) ||
  Object.values(numbers).some((value) => !(value >= 0 && value < Infinity)) ||
  !Number.isSafeInteger(devices);
const givenAlone = Object.keys(OF_FLEET).find((flag) => flag in values && values.devices === undefined);

if (values.help) process.stdout.write(USAGE);
else if (isWrong || devices < 1 || tiers.length === 0)
  refuse("Numbers from 0, seconds above 0, devices from 1, and a tier that there is, are expected.");
else if (givenAlone !== undefined) refuse(`--${givenAlone} is of your fleet: --devices is expected, too.`);
else if (values.devices !== undefined) printFleet();
else printPage();

function printFleet(): void {
  for (const [name, value] of Object.entries(dayOf(fleet)))
    process.stdout.write(`a device in a day, ${name}: ${value.toFixed(1)}\n`);
  for (const tier of tiers) {
    const plan = planOf(fleet, tier);
    const back = returnSeconds(plan);
    process.stdout.write(
      `\n${layoutName(plan)} units; what gives first: ${plan.bound}\n` +
        `  all come back at once, at least: online ${duration(back.connections)}, twins read ${duration(back.twinReads)}, told ${duration(back.twinUpdates)}\n` +
        `  a job to each: ${duration(broadcastSeconds(plan))}\n`,
    );
  }
  const { series, memory, shards } = shardsOf(devices, SERIES);
  process.stdout.write(
    `\na first registration of all, with one provisioning service: ${duration(registrationHours(devices, 1) * 3600)}\n` +
      `Prometheus: ${Math.round(series)} series, ${(memory / 2 ** 30).toFixed(1)} GiB, servers of 64 GiB: ${shards}\n`,
  );
}

function printPage(): void {
  const sections: Record<string, string> = {};
  for (const [name, make] of Object.entries(ARITHMETIC)) sections[name] = make();
  if (!values["no-simulation"]) sections.return = returnTable(layouts().map((plan) => simulateReturn(plan)));
  for (const [name, made] of Object.entries(sections)) process.stdout.write(`## ${name}\n\n${made}\n\n`);
  if (values.write) writeFileSync(PAGE, withSections(readFileSync(PAGE, "utf8"), sections));
}

function readFlags() {
  const options = { "no-simulation": flag, write: flag, help: flag, devices: text, ...OF_FLEET };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
    process.exit();
  }
}

function refuse(why: string): void {
  process.stderr.write(`${why}\n\n${USAGE}`);
  process.exitCode = 64;
}

function number(given: string | undefined, otherwise: number): number {
  return given === undefined ? otherwise : Number(given);
}

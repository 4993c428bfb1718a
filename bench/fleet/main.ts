/** What a fleet asks of its hubs, and how it comes back to them: `npm run bench:fleet`. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { TIERS } from "./limits.ts";
import { dayOf, USUAL } from "./loads.ts";
import { PAGE, withSections } from "./page.ts";
import { planOf } from "./plan.ts";
import { simulateReturn } from "./return.ts";
import { ARITHMETIC, layoutName, layouts, returnTable } from "./tables.ts";

const USAGE = `npm run bench:fleet -- [--no-simulation] [--write]
npm run bench:fleet -- --devices N [--tier S1|S2|S3] [--heartbeat S] [--messages N] [--methods N]
                       [--token-lifetime S] [--subscription-check S]

Without --devices: every table of docs/fleet/a-million-devices.md, which takes two minutes.

  --no-simulation         only what is reckoned, which takes a second
  --write                 writes the tables into the page
  --devices N             your fleet: what it asks for, and the hubs that bear it
  --tier                  of one tier (all)
  --heartbeat S           schedule.heartbeat, in seconds (${USUAL.heartbeat})
  --messages N            that plugins send in a day, of a device (${USUAL.messages})
  --methods N             a device is called in a day (${USUAL.methods})
  --token-lifetime S      link.tokenLifetime, in seconds (${USUAL.tokenLifetime})
  --subscription-check S  link.subscriptionCheck, in seconds (${USUAL.subscriptionCheck})
`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const { values } = parseArgs({
  options: {
    "no-simulation": flag,
    write: flag,
    help: flag,
    devices: text,
    tier: text,
    heartbeat: text,
    messages: text,
    methods: text,
    "token-lifetime": text,
    "subscription-check": text,
  },
});

const fleet = {
  ...USUAL,
  name: "yours",
  devices: number(values.devices, USUAL.devices),
  heartbeat: number(values.heartbeat, USUAL.heartbeat),
  messages: number(values.messages, USUAL.messages),
  methods: number(values.methods, USUAL.methods),
  tokenLifetime: number(values["token-lifetime"], USUAL.tokenLifetime),
  subscriptionCheck: number(values["subscription-check"], USUAL.subscriptionCheck),
};
const tiers = Object.values(TIERS).filter(({ name }) => values.tier === undefined || name === values.tier);
const isWrong = Object.values(fleet).some((value) => typeof value === "number" && !(value >= 0));

if (values.help) process.stdout.write(USAGE);
else if (isWrong || fleet.devices < 1 || tiers.length === 0) {
  process.stderr.write(`Numbers, and a tier that there is, are expected.\n\n${USAGE}`);
  process.exitCode = 64;
} else if (values.devices !== undefined) printFleet();
else printPage();

function printFleet(): void {
  for (const [name, value] of Object.entries(dayOf(fleet)))
    process.stdout.write(`a device in a day, ${name}: ${value.toFixed(1)}\n`);
  for (const tier of tiers) {
    const plan = planOf(fleet, tier);
    process.stdout.write(`${layoutName(plan)} units; what gives first: ${plan.bound}\n`);
  }
}

function printPage(): void {
  const sections: Record<string, string> = {};
  for (const [name, make] of Object.entries(ARITHMETIC)) sections[name] = make();
  if (!values["no-simulation"]) sections.return = returnTable(layouts().map((plan) => simulateReturn(plan)));
  for (const [name, made] of Object.entries(sections)) process.stdout.write(`## ${name}\n\n${made}\n\n`);
  if (values.write) writeFileSync(PAGE, withSections(readFileSync(PAGE, "utf8"), sections));
}

function number(given: string | undefined, otherwise: number): number {
  return given === undefined ? otherwise : Number(given);
}

/** How soon a device is back after its hub was gone: `npm run bench:reconnect`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { hubhand } from "../peers/contenders/hubhand.ts";
import { MQTTJS_ECHO, SDK_SAMPLE } from "../peers/contenders/installed.ts";
import { tellFurther } from "../support/further-page.ts";
import { machine } from "../support/machine.ts";
import { type Device, startDevice } from "./device.ts";
import { openCallingHub } from "./hub.ts";
import {
  cuts,
  longOutage,
  outages,
  type Plan,
  SCENARIOS,
  type Scenario,
  silence,
  type Tell,
} from "./scenarios.ts";
import { inJson, type Row, tableOf } from "./table.ts";

const USAGE = `npm run bench:reconnect -- [--devices N] [--quick] [--json FILE] [--write]

hubhand with all settings at their defaults, beside the bare sample of the SDK and mqtt.js alone. Real processes,
real sockets, real time: about nine minutes.

  --devices N   how many of hubhand for each kind of fault (8); of the others there are a third as many
  --quick       one of each, and one cut: whether the bench still works
  --json FILE   writes the figures there, too
  --write       the same to docs/performance/reconnect.json, and the table to the page
`;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "8" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const devices = values.quick ? 1 : Number(values.devices);
if (values.help) process.stdout.write(USAGE);
else if (!Number.isSafeInteger(devices) || devices < 1) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else await run();

async function run(): Promise<void> {
  const plan: Plan = values.quick
    ? { peace: 0, spread: 0, cuts: 1, outages: 0 }
    : { peace: 62_000, spread: 10_000, cuts: 3, outages: 3 };
  const hub = await openCallingHub();
  const folder = mkdtempSync(path.join(tmpdir(), "hubhand-reconnect-"));
  const caFile = path.join(folder, "ca.pem");
  writeFileSync(caFile, hub.ca);
  const agent = hubhand();
  const contenders = [agent, SDK_SAMPLE, MQTTJS_ECHO];
  for (const contender of contenders) {
    const problem = contender.prepare(folder);
    if (problem !== undefined) throw new Error(`${contender.name} cannot be had: ${problem}`);
  }
  const figures = new Map<string, Row>();
  const tell: Tell = (scenario: Scenario, contender, milliseconds) => {
    process.stderr.write(`${scenario}: ${contender}: ${(milliseconds / 1000).toFixed(2)} s\n`);
    const row = figures.get(`${scenario} ${contender}`) ?? { scenario, contender, seconds: [] };
    figures.set(`${scenario} ${contender}`, { ...row, seconds: [...row.seconds, milliseconds / 1000] });
  };
  const parts = values.quick ? [cuts] : [cuts, outages, longOutage, silence];
  const started: Device[] = [];
  try {
    const running: Promise<void>[] = [];
    for (const part of parts) {
      for (const contender of contenders) {
        const count = contender === agent ? devices : Math.ceil(devices / 3);
        for (let index = 0; index < count; index += 1) {
          const deviceId = `device-${started.length + 1}`;
          // One after the other, so that none starts while the processor is another's.
          const device = await startDevice({ contender, deviceId, hub, caFile, folder });
          started.push(device);
          running.push(part(device, plan, tell));
        }
      }
    }
    await Promise.all(running);
  } finally {
    await Promise.all(started.map((device) => device.stop()));
    hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const rows = [...figures.values()].toSorted(
    (a, b) => SCENARIOS.indexOf(a.scenario) - SCENARIOS.indexOf(b.scenario),
  );
  const further = {
    bench: "reconnect",
    machine: machine(false),
    figures: { rows: rows.map(inJson) },
    table: tableOf(rows),
    how: "all devices at the same time",
  } as const;
  tellFurther(further, { json: values.json, write: values.write });
  // Timers of what was given up are of no use to anybody.
  process.exit();
}

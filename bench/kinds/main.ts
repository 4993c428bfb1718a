/** A call to a plugin of each kind, beside the least that its kind could cost: `npm run bench:kinds`. */
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { type Arena, openArena } from "../peers/arena.ts";
import type { Contender } from "../peers/contenders/contender.ts";
import { hubhand } from "../peers/contenders/hubhand.ts";
import { tellFurther } from "../support/further-page.ts";
import { machine } from "../support/machine.ts";
import { medianOf } from "../support/measure.ts";
import { treeMemoryOf, treeTimeOf } from "../support/tree.ts";
import { AT_ONCE, type KindFigures, type KindRow, tableOf } from "./figures.ts";
import { hubhandWith, KINDS, type Kind, program } from "./kinds.ts";

const USAGE = `npm run bench:kinds -- [--rounds N] [--calls N] [--json FILE] [--write]

  --rounds N   how often each kind is measured, by turns, with an agent of its own (5)
  --calls N    how many calls a round (4000); a twentieth of it to programs that are started for each
  --json FILE  writes the figures there, too
  --write      the same to docs/performance/kinds.json, and the table to the page
`;
const STARTED_A_CALL = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    calls: { type: "string", default: "4000" },
    json: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [rounds, calls] = [Number(values.rounds), Number(values.calls)];
if (values.help) process.stdout.write(USAGE);
else if (!Number.isSafeInteger(rounds) || rounds < 1 || !(calls >= 400)) {
  process.stderr.write(USAGE);
  process.exitCode = 64;
} else await run();

async function run(): Promise<void> {
  const arena = await openArena();
  const agent = hubhand();
  agent.prepare(arena.folder);
  const service = fork(program("service"));
  const [port] = await once(service, "message");
  const taken = new Map<Kind, KindRow[]>(KINDS.map((kind) => [kind, []]));
  try {
    for (let round = 0; round < rounds; round += 1)
      for (const kind of KINDS)
        taken.get(kind)?.push(await measure({ arena, agent, kind, port: Number(port) }));
  } finally {
    service.disconnect();
    await arena.stop();
  }
  const rows = [...taken.values()].flatMap((each) => middleOf(each));
  const further = {
    bench: "kinds",
    machine: machine(arena.pinned !== undefined),
    figures: { rounds, calls, rows },
    table: tableOf(rows),
    how: `${rounds} rounds of ${calls} calls`,
  } as const;
  tellFurther(further, { json: values.json, write: values.write });
}

interface Turn {
  readonly arena: Arena;
  readonly agent: Contender;
  readonly kind: Kind;
  /** Of the service that is asked over HTTP. */
  readonly port: number;
}

async function measure(turn: Turn): Promise<KindRow> {
  const { arena, kind } = turn;
  const count = kind === "executable" ? Math.ceil(calls / STARTED_A_CALL) : calls;
  const agent = await arena.start(hubhandWith(turn.agent, kind, turn.port));
  try {
    const memory = treeMemoryOf(agent.pid);
    await agent.call({ count, atOnce: AT_ONCE });
    const { p50, p99 } = await agent.call({ count, atOnce: 1 });
    const before = treeTimeOf(agent.pid);
    const { wall, refused } = await agent.call({ count, atOnce: AT_ONCE });
    const cpu = ((treeTimeOf(agent.pid) - before) / count) * 1000;
    if (refused > 0) throw new Error(`${kind}: ${refused} calls were refused`);
    const hubhand = { p50: p50 * 1000, p99: p99 * 1000, cpu, rate: count / (wall / 1000) };
    return { kind, memory, hubhand, least: await leastOf(turn, count), start: agent.start.answered };
  } finally {
    await agent.stop();
  }
}

async function leastOf({ arena, kind, port }: Turn, count: number): Promise<KindFigures> {
  const file = fileURLToPath(new URL("./bare.ts", import.meta.url));
  const command = [
    ...(arena.pinned?.before ?? []),
    process.execPath,
    file,
    kind,
    String(count),
    String(port),
  ];
  const [program = "", ...args] = command;
  const { stdout } = await promisify(execFile)(program, args);
  return JSON.parse(stdout);
}

/** The median of each figure. */
function middleOf(rows: readonly KindRow[]): KindRow[] {
  const middle = (of: (row: KindRow) => KindFigures): KindFigures => {
    const key = (name: keyof KindFigures): number =>
      Number(medianOf(rows.map((row) => of(row)[name])).toFixed(1));
    return { p50: key("p50"), p99: key("p99"), cpu: key("cpu"), rate: key("rate") };
  };
  return rows.slice(0, 1).map(({ kind }) => ({
    kind,
    start: Number(medianOf(rows.map(({ start }) => start)).toFixed(0)),
    memory: Number(medianOf(rows.map(({ memory }) => memory)).toFixed(1)),
    hubhand: middle(({ hubhand }) => hubhand),
    least: middle(({ least }) => least),
  }));
}

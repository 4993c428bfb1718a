/** What the outbox costs the disk and the event loop: `npm run bench:outbox`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { countDiskWrites } from "./disk-writes.ts";
import { createBench } from "./outbox.ts";
import { measureTurns } from "./turns.ts";

const USAGE = `npm run bench:outbox -- [--messages N] [--bytes N] [--directory D]

  --messages N   how many messages are kept in the second part (100000)
  --bytes N      how long a message's body is (600)
  --directory D  where the outbox lies: on the disk that is to be measured (the folder for temporary files)
`;
const HOUR = 3_600;

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "100000" },
    bytes: { type: "string", default: "600" },
    directory: { type: "string", default: tmpdir() },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const messages = Number(values.messages);
const bytes = Number(values.bytes);
const say = (line: string) => process.stdout.write(`${line}\n`);

say(`bodies of ${bytes} bytes, node ${process.version}\n`);
say("| an hour of | messages | KiB written | syncs | transactions |");
say("|---|---|---|---|---|");
await hour("the default heartbeat, online", { every: 900, online: true });
await hour("the default heartbeat, offline", { every: 900, online: false });
await hour("a message each second, online", { every: 1, online: true });
await hour("a message each second, offline", { every: 1, online: false });
await hour("ten messages each second, offline", { every: 0.1, online: false });
say("");
await backlog();

async function hour(what: string, { every, online }: { every: number; online: boolean }): Promise<void> {
  await inFolder(async (directory) => {
    const bench = await createBench({ directory, bytes });
    const disk = countDiskWrites();
    for (let second = 0; second < HOUR; second += every) {
      const added = bench.add();
      if (online) for (const one of bench.outbox.take(8)) bench.outbox.delivered(one);
      bench.clock.advance(every * 1_000);
      await added;
    }
    const { kibibytes, syncs, transactions } = disk.stop();
    await bench.outbox.close();
    say(`| ${what} | ${Math.round(HOUR / every)} | ${kibibytes} | ${syncs} | ${transactions} |`);
  });
}

/** What a long outage leaves: handed over as fast as it goes, kept, found by the next start, and sent. */
async function backlog(): Promise<void> {
  await inFolder(async (directory) => {
    say(
      `| ${messages} messages | a second | longest turn ms (of its own CPU time) | 99 in 100 turns ms | RSS MiB |`,
    );
    say("|---|---|---|---|---|");
    let bench = await createBench({ directory, bytes, realTime: true });
    await measured("handed over, a hundred at once", async () => {
      for (let index = 0; index < messages; index += 100) {
        await Promise.all(Array.from({ length: 100 }, () => bench.add()));
      }
    });
    await bench.outbox.close();
    await measured("found at the start", async () => {
      bench = await createBench({ directory, bytes, realTime: true });
    });
    await measured("taken by eights, and delivered", async () => {
      for (;;) {
        const some = bench.outbox.take(8);
        if (some.length === 0) break;
        for (const one of some) bench.outbox.delivered(one);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await bench.outbox.close();
  });
}

async function measured(what: string, work: () => Promise<void>): Promise<void> {
  const turns = measureTurns();
  const since = performance.now();
  await work();
  const seconds = (performance.now() - since) / 1_000;
  const { longest, ninetyNine } = turns.stop();
  const mebibytes = process.memoryUsage.rss() / 1024 / 1024;
  const cells = [
    Math.round(messages / seconds),
    longest.toFixed(1),
    ninetyNine.toFixed(1),
    mebibytes.toFixed(0),
  ];
  say(`| ${what} | ${cells.join(" | ")} |`);
}

async function inFolder(work: (directory: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(values.directory, "hubhand-bench-"));
  try {
    await work(join(folder, "outbox"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

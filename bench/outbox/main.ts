/** What the outbox costs the disk and the event loop: `npm run bench:outbox`. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { countDiskWrites } from "./disk-writes.ts";
import { createBench } from "./outbox.ts";
import { measureSteps } from "./steps.ts";

const USAGE = `npm run bench:outbox -- [--messages N] [--bytes N] [--directory D]

  --messages N   how many messages are kept in the second part (100000)
  --bytes N      how long a message's body is (600)
  --directory D  where the outbox lies: on the disk that is to be measured (the folder for temporary files)
`;
const HOUR = 3_600;
/** Of an hour with a message each second, so much is played; the rest is as it. */
const PLAYED = HOUR / 6;

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "100000" },
    bytes: { type: "string", default: "600" },
    directory: { type: "string", default: tmpdir() },
    find: { type: "string" },
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

if (values.find !== undefined) {
  await find(values.find);
  process.exit(0);
}
say(`bodies of ${bytes} bytes, node ${process.version}\n`);
say("| an hour of | messages | KiB written | syncs | transactions |");
say("|---|---|---|---|---|");
await hour("the default heartbeat, online", { every: 900, online: true });
await hour("the default heartbeat, offline", { every: 900, online: false });
await hour("a message each second, online", { every: 1, online: true });
await hour("a message each second, offline", { every: 1, online: false });
say("");
await steps();
say("");
await backlog();

async function hour(what: string, { every, online }: { every: number; online: boolean }): Promise<void> {
  await inFolder(async (directory) => {
    const bench = await createBench({ directory, bytes });
    const disk = countDiskWrites();
    const added: Promise<void>[] = [];
    const played = Math.max(PLAYED, 4 * every);
    for (let second = 0; second < played; second += every) {
      added.push(bench.add());
      if (online) for (const one of bench.outbox.take(8)) bench.outbox.delivered(one);
      // Time passes while the disk has nothing to do; otherwise it would be one that takes minutes.
      for (let passed = 0; passed < every; passed += 0.25) {
        bench.clock.advance(Math.min(every - passed, passed === 0 ? 0.25 : every) * 1_000);
        if (!online) await added.at(-1);
        await disk.idle();
        if (passed > 0) break;
      }
    }
    bench.clock.advance(1_000);
    await Promise.all(added);
    const { kibibytes, syncs, transactions } = disk.stop();
    await bench.outbox.close();
    const cells = [played / every, kibibytes, syncs, transactions].map((some) =>
      Math.round((some * HOUR) / played),
    );
    say(`| ${what} | ${cells.join(" | ")} |`);
  });
}

async function steps(): Promise<void> {
  say("| what holds the event loop | median ms | 99 in 100 ms |");
  say("|---|---|---|");
  await inFolder(async (directory) => {
    for (const [name, times] of Object.entries(await measureSteps({ directory, bytes }))) {
      const sorted = times.sort((a, b) => a - b);
      const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
      say(`| ${name} | ${at(0.5)} | ${at(0.99)} |`);
    }
  });
}

/** What a long outage leaves: handed over as fast as it goes, kept, found by the next start, and sent. */
async function backlog(): Promise<void> {
  await inFolder(async (directory) => {
    say(`| ${messages} messages | a second | RSS MiB |`);
    say("|---|---|---|");
    let bench = await createBench({ directory, bytes, realTime: true });
    await measured("handed over, a hundred at once", async () => {
      for (let index = 0; index < messages; index += 100) {
        await Promise.all(Array.from({ length: 100 }, () => bench.add()));
      }
    });
    await bench.outbox.close();
    // In a process of its own, which has nothing else in its memory.
    const file = fileURLToPath(import.meta.url);
    execFileSync(process.execPath, [file, "--messages", values.messages, "--find", directory], {
      stdio: "inherit",
    });
    bench = await createBench({ directory, bytes, realTime: true });
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

async function find(directory: string): Promise<void> {
  await createBench({ directory: `${directory}-empty`, bytes });
  say(`| none | | ${(process.memoryUsage.rss() / 1024 / 1024).toFixed(0)} |`);
  await measured("found at the start", async () => {
    await createBench({ directory, bytes, realTime: true });
  });
}

async function measured(what: string, work: () => Promise<void>): Promise<void> {
  const since = performance.now();
  await work();
  const seconds = (performance.now() - since) / 1_000;
  const mebibytes = process.memoryUsage.rss() / 1024 / 1024;
  const cells = [Math.round(messages / seconds), mebibytes.toFixed(0)];
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

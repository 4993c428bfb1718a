/** hubhand beside what people use instead, taking turns on one light hub: `npm run bench`. */
import { medianOf } from "../isolation/measure.ts";
import { CONTENDERS } from "./contenders.ts";
import { openArena, type Running } from "./runner.ts";

const rounds = Number(process.argv[2] ?? 3);
const count = Number(process.argv[3] ?? 10000);
const arena = await openArena();
const rows: Record<string, Record<string, number[]>> = {};
for (let round = 0; round < rounds; round += 1) {
  const running: [string, Running][] = [];
  for (const contender of CONTENDERS) {
    const each = await arena.start(contender);
    const put = (key: string, value: number): void => {
      rows[contender.name] ??= {};
      const row = rows[contender.name] ?? {};
      row[key] = [...(row[key] ?? []), value];
    };
    put("subscribed", each.subscribed);
    put("answered", each.answered);
    put("startCpu", each.cpu());
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const idle = each.memory();
    put("idleRes", idle.resident);
    put("idleAnon", idle.anonymous);
    put("idleUniq", idle.unique);
    const since = each.cpu();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    put("idleCpu/s", (each.cpu() - since) / 5);
    await each.call({ count: 3000, atOnce: 16 });
    const seq = await each.call({ count: count / 2, atOnce: 1 });
    put("p50us", seq.p50 * 1000);
    put("p99us", seq.p99 * 1000);
    put("seqCpuUs", (seq.cpu / (count / 2)) * 1000);
    const at64 = await each.call({ count, atOnce: 64 });
    put("rate64", count / (at64.wall / 1000));
    put("cpu64us", (at64.cpu / count) * 1000);
    put("hub64us", (at64.hubCpu / count) * 1000);
    put("p99at64ms", at64.p99);
    const after = each.memory();
    put("afterRes", after.resident);
    put("afterUniq", after.unique);
    put("highWater", after.highWater);
    if (seq.refused + at64.refused > 0) process.stdout.write(`${contender.name}: refused\n`);
    await each.stop();
    running.push([contender.name, each]);
  }
}
const base = rows["bare SDK sample"] ?? {};
for (const key of Object.keys(base)) {
  const cells = CONTENDERS.map(({ name }) => {
    const own = rows[name]?.[key] ?? [];
    const ratio = medianOf(own.map((value, index) => value / (base[key]?.[index] ?? Number.NaN)));
    return `${medianOf(own).toFixed(2)} (x${ratio.toFixed(2)})`.padStart(24);
  });
  process.stdout.write(`${key.padEnd(12)}${cells.join("")}\n`);
}
await arena.stop();

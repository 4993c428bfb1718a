import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type KindFigures, type KindRow, ratiosOf, tableOf } from "../../bench/kinds/figures.ts";
import type { Figures } from "../../bench/scale/measure.ts";
import { drawGrowth } from "../../bench/scale/table.ts";
import { MARK, PAGE } from "../../bench/support/further-page.ts";

const figures = (p50: number, cpu: number): KindFigures => ({ p50, p99: 2 * p50, cpu, rate: 1000 });
const row = (kind: KindRow["kind"], hubhand: KindFigures, least: KindFigures): KindRow => ({
  ...{ kind, hubhand, least },
  ...{ start: 500, memory: 60 },
});

describe("bench:kinds", () => {
  const inProcess = row("in-process", figures(100, 40), figures(0, 0));
  const thread = row("thread", figures(160, 70), figures(30, 10));

  it("holds what a kind adds to a call in-process against the least that it could add", () => {
    expect(ratiosOf(thread, inProcess)).toEqual({ p50: 2, cpu: 3 });
    expect(ratiosOf(inProcess, inProcess)).toBeUndefined();
  });

  it("has a line for each kind", () => {
    const lines = tableOf([inProcess, thread]).split("\n");
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.split("|").length)).size).toBe(1);
    expect(lines[3]).toContain("x2.00");
  });
});

describe("bench:scale", () => {
  const methods = (size: number, startCpu: number): Figures => ({
    ...{ series: "methods" as const, size, start: 500, startCpu },
    ...{ memory: 60, memoryAfter: 70, cpu: 40, rate: 20_000 },
    scrape: { took: 3, cpu: 2, bytes: 20_000 },
  });

  it("draws growth in proportion as a straight line, however far the sizes are apart", () => {
    const [start] = drawGrowth([methods(1, 100), methods(11, 110), methods(121, 220)]);
    const line = /line (\[.*\])/.exec(start ?? "")?.[1] ?? "[]";
    const values = JSON.parse(line) as number[];
    expect([values[0], values[30], values[60]]).toEqual([100, 160, 220]);
  });

  it("draws nothing of a single size", () => expect(drawGrowth([methods(3, 100)])).toEqual([]));
});

it("the page has a place for each of these benches", () => {
  const page = readFileSync(PAGE, "utf8");
  for (const bench of ["reconnect", "kinds", "scale", "small"])
    expect(page).toContain(`<!-- ${MARK} ${bench} -->`);
});

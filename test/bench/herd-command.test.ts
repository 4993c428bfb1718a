import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const MAIN = new URL("../../bench/herd/main.ts", import.meta.url).pathname;

function herd(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, "--devices", "1000", "--tries", "500", ...args], {
    encoding: "utf8",
  });
}

describe("npm run bench:herd", () => {
  it("gives its figures as JSON", () => {
    const { stdout, status } = herd("--seed", "4", "--json");
    expect(status).toBe(0);
    const figures = JSON.parse(stdout);
    expect(figures).toMatchObject({ devices: 1000, seed: 4 });
    expect(figures.alone).toHaveLength(4 * 3);
    expect(figures.herds).toHaveLength(3 * 4 * 3);
  });

  it("writes tables, and curves that GitHub can draw", () => {
    const { stdout, status } = herd("--markdown");
    expect(status).toBe(0);
    expect(stdout).toContain("| a cut  | 1,000      | hubhand |");
    const charts = stdout.split("```mermaid\n").slice(1);
    expect(charts).toHaveLength(5);
    for (const chart of charts) {
      const lines = chart.match(/^ {2}line \[.*\]$/gm) ?? [];
      const colours = /plotColorPalette: "(.*)"/.exec(chart)?.[1]?.split(", ");
      expect(lines.length).toBeGreaterThan(1);
      expect(colours).toHaveLength(lines.length);
      for (const line of lines) {
        const values = JSON.parse(line.trim().slice("line ".length)) as number[];
        expect(values.length).toBeGreaterThanOrEqual(60);
      }
    }
  });

  it("says what it takes when it gets something else", () => {
    const { stderr, status } = spawnSync(process.execPath, [MAIN, "--devices", "many"], { encoding: "utf8" });
    expect(status).toBe(64);
    expect(stderr).toContain("--devices is a whole number");
  });
});

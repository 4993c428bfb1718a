import { Counter, Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { quickCounter, quickHistogram } from "../../../src/observe/metrics/quick-series.ts";

const BUCKETS = [0.001, 0.25, 1, 64, 131_072];

/** The same instruments twice: as prom-client has them, and quick. */
function both() {
  const make = (isQuick: boolean) => {
    const registry = new Registry();
    const base = { help: "It counts.", registers: [registry] };
    const counter = new Counter({ ...base, name: "calls_total", labelNames: ["method", "outcome"] });
    const histogram = new Histogram({ ...base, name: "took", labelNames: ["method"], buckets: BUCKETS });
    if (isQuick) {
      quickCounter(counter, ["method", "outcome"]);
      quickHistogram(histogram, { names: ["method"], buckets: BUCKETS });
    }
    return { registry, counter, histogram };
  };
  const [plain, quick] = [make(false), make(true)];
  return {
    quick,
    each(use: (instruments: ReturnType<typeof make>) => void) {
      for (const instruments of [plain, quick]) use(instruments);
    },
    async told() {
      return [await plain.registry.metrics(), await quick.registry.metrics()] as const;
    },
  };
}

const METHODS = ["a", "b", "__proto__", "a,outcome:ok", ""];
const VALUES = [0, 0.001, 0.0011, 0.25, 1, 63.5, 131_072, 131_073, 1e9, -1];

describe("quick series", () => {
  it("tell what prom-client's own tell", async () => {
    const { each, told } = both();
    each(({ counter, histogram }) => {
      for (const method of METHODS)
        for (const value of VALUES) {
          histogram.observe({ method }, value);
          counter.inc({ method, outcome: value > 1 ? "ok" : "failed" });
          if (value >= 0) counter.inc({ method, outcome: "ok" }, value);
        }
    });
    const [plain, quick] = await told();
    expect(quick).toBe(plain);
    expect(plain).toContain('took_bucket{le="0.25",method="a"} 5');
  });

  it("that were taken away begin again at nothing", async () => {
    const { each, told } = both();
    each(({ counter, histogram }) => {
      for (let round = 0; round < 3; round += 1)
        for (const method of ["stays", "goes"]) {
          counter.inc({ method, outcome: "ok" });
          histogram.observe({ method }, 1);
        }
      counter.remove({ method: "goes", outcome: "ok" });
      histogram.remove({ method: "goes" });
      for (const method of ["stays", "goes"]) {
        counter.inc({ method, outcome: "ok" });
        histogram.observe({ method }, 1);
      }
    });
    const [plain, quick] = await told();
    expect(quick).toBe(plain);
    expect(quick).toContain('calls_total{method="goes",outcome="ok"} 1');
    expect(quick).toContain('calls_total{method="stays",outcome="ok"} 4');
  });

  it("refuse what prom-client refuses, also of a series that is there", () => {
    const { counter, histogram } = both().quick;
    counter.inc({ method: "a", outcome: "ok" });
    histogram.observe({ method: "a" }, 1);
    expect(() => counter.inc({ method: "a", outcome: "ok" }, -1)).toThrow("decrease");
    expect(() => counter.inc({ method: "a", outcome: "ok" }, Number.POSITIVE_INFINITY)).toThrow(
      "valid number",
    );
    expect(() => histogram.observe({ method: "a" }, Number.NaN)).toThrow("valid number");
  });

  it("are found where prom-client keeps them: else they would not be quick", () => {
    const { counter, histogram } = both().quick;
    const kept = (instrument: object) => instrument as { hashMap: Record<string, object> };
    counter.inc({ method: "a", outcome: "ok" });
    histogram.observe({ method: "a" }, 1);
    const rows = [counter, histogram].flatMap((instrument) => Object.values(kept(instrument).hashMap));
    counter.inc({ method: "a", outcome: "ok" }, 1);
    histogram.observe({ method: "a" }, 1);
    // Whoever looks for them does not find them any more.
    for (const instrument of [counter, histogram]) kept(instrument).hashMap = {};
    counter.inc({ method: "a", outcome: "ok" }, 3);
    histogram.observe({ method: "a" }, 1);
    expect(rows).toMatchObject([{ value: 5 }, { count: 3, sum: 3 }]);
  });
});

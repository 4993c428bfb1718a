import type { Contender } from "../peers/contenders/contender.ts";
import { withPlugins } from "../peers/contenders/with-plugins.ts";

/** What grows. */
export const SERIES = ["methods", "plugins", "isolated plugins", "calls waiting"] as const;
export type Series = (typeof SERIES)[number];

/** An agent of one size. */
export interface Point {
  readonly series: Series;
  readonly size: number;
  readonly contender: Contender;
  /** Methods to call once each, so that each has its children in the metrics. */
  readonly methods: readonly string[];
  /** Calls under way at once, and how many in all. */
  readonly atOnce: number;
  readonly calls: number;
}

const AT_ONCE = 16;
export const MOST_WAITING = 10_000;

export interface Sizes {
  readonly sizes: Readonly<Record<Series, readonly number[]>>;
  readonly calls: number;
}

const SCHEMA = JSON.stringify({
  type: "object",
  properties: { level: { type: "number", minimum: 0, maximum: 100 }, text: { type: "string" } },
  required: ["level"],
});
const method = (name: string): string => `"${name}": { schema: ${SCHEMA}, handler: (payload) => payload }`;
/** Not one of those that are many: it is there in all sizes, and is called most. */
const ECHO = method("echo");
const moduleOf = (methods: string, isolate = false): string =>
  `export default { isolate: ${isolate}, methods: { ${methods} } };`;
const names = (of: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${of}-${index}`);

/** The plugins folder of each size: file by name. */
function filesOf(series: Series, size: number): Record<string, string> {
  switch (series) {
    case "methods":
      return { "many.mjs": moduleOf([ECHO, ...names("method", size - 1).map(method)].join(",\n")) };
    case "plugins":
    case "isolated plugins":
      return Object.fromEntries([
        ["echo.mjs", moduleOf(ECHO, series !== "plugins")],
        ...names("plugin", size - 1).map((name) => [
          `${name}.mjs`,
          moduleOf(method(name), series !== "plugins"),
        ]),
      ]);
    case "calls waiting":
      return {
        "one-by-one.mjs": moduleOf(
          `echo: { concurrency: 1, queue: ${MOST_WAITING}, schema: ${SCHEMA}, handler: ({ payload }) =>
            new Promise((resolve) => setImmediate(resolve, payload)) }`,
        ),
      };
  }
}

/** @param observePort where the agents' metrics are asked for */
export function pointsOf({ sizes, calls }: Sizes, hubhand: Contender, observePort: number): Point[] {
  const env = { HUBHAND_OBSERVE_PORT: String(observePort) };
  return SERIES.flatMap((series) =>
    sizes[series].map((size) => {
      const isQueue = series === "calls waiting";
      return {
        series,
        size,
        contender: withPlugins(hubhand, { name: `${size} ${series}`, files: filesOf(series, size), env }),
        methods: isQueue ? [] : names(series === "methods" ? "method" : "plugin", size - 1),
        atOnce: isQueue ? size : AT_ONCE,
        calls: Math.max(calls, isQueue ? 2 * size : 0),
      };
    }),
  );
}

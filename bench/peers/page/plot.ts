import { type EChartsOption, init } from "echarts";
import { medianOf } from "../../support/measure.ts";
import type { Results } from "../results.ts";

/** A picture of the page. */
export interface Plot {
  /** Its file's name, without .svg. */
  readonly name: string;
  readonly title: string;
  /** The measures that it shows: without all of them it is not drawn. */
  readonly of: readonly string[];
  option(results: Results): EChartsOption;
}

/** Told apart by most eyes (Okabe and Ito), in the order of the contenders. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#999999"];
const SIZE = { width: 720, height: 360 };

/** A contender's median; null, which leaves a gap, if it has no such figure. */
export function medianIn({ rounds }: Results, id: string, key: string): number | null {
  const values = rounds.flatMap((round) => round[id]?.[key] ?? []);
  return values.length === 0 ? null : Number(medianOf(values).toPrecision(3));
}

/** The picture, as SVG: the same for the same results. */
export function draw(plot: Plot, results: Results): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...SIZE });
  chart.setOption({
    animation: false,
    title: { text: plot.title, left: "center" },
    // Not the reader's: the page may be dark, and the letters are not.
    backgroundColor: "#ffffff",
    color: COLOURS,
    legend: { bottom: 0, itemGap: 30 },
    grid: { left: 70, right: 30, top: 50, bottom: 70 },
    ...plot.option(results),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${asPicture(svg, plot.title)}\n`;
}

/** Without classes, and styles of theirs: they are for a pointer above a page, and numbered anew each time. */
const asPicture = (svg: string, title: string): string =>
  svg
    .replaceAll(/ class="[^"]*"| pointer-events="visible"/g, "")
    .replace(/<style[\s\S]*?<\/style>\s*/, "")
    .replace(">", `>\n<title>${title}</title>`);

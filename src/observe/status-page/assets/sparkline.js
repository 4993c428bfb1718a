// @ts-check
import { took } from "./format.js";
import { h } from "./preact.js";

const HEIGHT = 24;

/**
 * The slowest call of each ten seconds as bars; where there is none, there was no call.
 * @param {{ values: readonly (number | null)[] }} props
 */
export function Sparkline({ values }) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return h("span", { class: "none" }, "no calls in 10 min");
  const most = Math.max(...known);
  const bars = values.map((value, at) => {
    if (value === null) return "";
    const height = most === 0 ? 1 : Math.max(1, Math.round((value / most) * HEIGHT * 10) / 10);
    return `M${at * 4} ${HEIGHT}v${-height}h3v${height}z`;
  });
  const label = `The slowest calls of the last ten minutes: ${took(Math.min(...known))} to ${took(most)}`;
  return h(
    "svg",
    {
      class: "sparkline",
      viewBox: `0 0 ${values.length * 4} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    h("path", { d: bars.join("") }),
  );
}

import type { Registry } from "prom-client";

/** What a metric stands at for exactly these labels, as a scrape would see it; undefined if there is no such series. */
export async function sample(
  registry: Registry,
  name: string,
  labels: Readonly<Record<string, string | number>> = {},
): Promise<number | undefined> {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  for (const line of (await registry.metrics()).split("\n")) {
    const [, found, inside = "", value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
    if (found !== name) continue;
    const given = inside === "" ? [] : inside.split(/,(?=[a-z_]+=")/);
    if (given.length === wanted.length && wanted.every((label) => given.includes(label)))
      return Number(value);
  }
  return undefined;
}

/** Every series there is, as a scrape would name it: `name{label="value",…}`. */
export async function seriesOf(registry: Registry): Promise<ReadonlySet<string>> {
  const lines = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(lines.map((line) => line.slice(0, line.lastIndexOf(" "))));
}

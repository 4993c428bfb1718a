import { beforeAll, describe, expect, test } from "vitest";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import {
  FLEET,
  type FleetOfStates,
  OTHER_JOB,
  startFleetOfStates,
} from "../../support/fleet-of-states/fleet.ts";
import { HAS_PROMETHEUS } from "../../support/prometheus/prometheus.ts";
import { createAsker } from "./ask.ts";
import type { Filling } from "./fill-in.ts";
import { type Panel, panelsOf, readDashboard } from "./read.ts";

if (!HAS_PROMETHEUS) process.stderr.write("skipped: no prometheus, so no panel's query is tried\n");

const cleanUp = cleanUpAfterAll();
const [fleetDashboard, deviceDashboard] = [readDashboard("fleet"), readDashboard("device")];

const ALL = { all: ".*" };
const EVERYTHING: Filling = { job: ["hubhand"], device: ALL, method: ALL, plugin: ALL };
const of = (device: string): Filling => ({ ...EVERYTHING, device });

/** Each in a state of its own; the others are in one of these. */
const DEVICES_LOOKED_AT = [FLEET.busy, FLEET.away, FLEET.dead, FLEET.deaf];

/** What cannot be brought about here: a reply that finds no link, a log that nobody takes. */
const NOT_SHOWN = new Set(["Lost and surplus replies: A", "Log lines that were dropped: A"]);

describe.skipIf(!HAS_PROMETHEUS)("on a real Prometheus that saw agents in good and bad states", () => {
  let scene: FleetOfStates;
  let asker: ReturnType<typeof createAsker>;
  beforeAll(async () => {
    scene = await startFleetOfStates(cleanUp);
    asker = createAsker(scene);
  }, 240_000);

  /** The one query of a panel, by instance. */
  async function byInstance(title: string, query = 0): Promise<Record<string, number>> {
    const panel = fleetPanel(title);
    const series = (await asker.panel(panel, EVERYTHING))[query] ?? [];
    return Object.fromEntries(series.map(({ labels, value }) => [labels.instance, value]));
  }

  test.each(panelsOf(fleetDashboard))("fleet: each query of $title shows something", async (panel) => {
    await atLast(async () => {
      const shown = await asker.panel(panel, EVERYTHING);
      return emptyOnes(
        panel,
        shown.map(({ length }) => length),
      );
    }).toEqual([]);
  });

  test.each(panelsOf(fleetDashboard))(
    "fleet: $title can be asked of one device, and of some",
    async (panel) => {
      for (const device of [[FLEET.busy], [FLEET.deaf, FLEET.dead, FLEET.never]])
        for (const series of await asker.panel(panel, { ...EVERYTHING, device }))
          for (const { labels } of series)
            if (labels.instance !== undefined) expect(device).toContain(labels.instance);
    },
  );

  test.each(panelsOf(deviceDashboard))(
    "device: each query of $title shows something of some device",
    async (panel) => {
      await atLast(async () => {
        const shown = (panel.targets ?? []).map(() => 0);
        for (const device of DEVICES_LOOKED_AT)
          for (const [index, { length }] of (await asker.panel(panel, of(device))).entries())
            shown[index] = (shown[index] ?? 0) + length;
        return emptyOnes(panel, shown);
      }).toEqual([]);
    },
  );

  test("the first row counts who is well and who is not", async () => {
    const counted = (title: string) =>
      atLast(async () => (await asker.panel(fleetPanel(title), EVERYTHING))[0]?.[0]?.value);
    await counted("Devices").toBe(8);
    await counted("Deaf").toBe(1);
    await counted("Down").toBe(2);
    await counted("Conflict").toBeGreaterThanOrEqual(1);
    await counted("Flapping").toBeGreaterThanOrEqual(1);
    await counted("Offline").toBeGreaterThanOrEqual(1);
    await counted("Online").toBeGreaterThanOrEqual(3);
  });

  test("the table names each device in trouble with its worst one, and nobody else", async () => {
    await atLast(async () => {
      const { [FLEET.rival]: rival, [FLEET.otherRival]: otherRival, ...others } = await byInstance(WHO);
      return { rivals: Math.max(rival ?? 0, otherRival ?? 0), others };
    }).toEqual({
      rivals: 5,
      others: {
        [FLEET.deaf]: 6,
        [FLEET.dead]: 4,
        [FLEET.never]: 4,
        [FLEET.away]: 3,
        [FLEET.busy]: 1,
      },
    });
  });

  test("the table says who each is, when it was well, why it is not, and what it ran", async () => {
    const [, names = [], well = [], reasons = [], versions = []] = await asker.panel(
      fleetPanel(WHO),
      EVERYTHING,
    );
    const label = (series: typeof names, instance: string, name: string) =>
      series.filter(({ labels }) => labels.instance === instance).map(({ labels }) => labels[name]);
    expect(label(names, FLEET.away, "device")).toEqual(["pi-away"]);
    expect(label(names, FLEET.dead, "device")).toEqual(["pi-dead"]);
    expect(label(names, FLEET.never, "device")).toEqual([FLEET.never]);
    expect(label(reasons, FLEET.dead, "class")).toEqual(["unauthorized"]);
    expect(label(reasons, FLEET.away, "class")).toEqual(["network"]);
    expect(["conflict", "lost"]).toContain(label(reasons, FLEET.rival, "class")[0]);
    expect(label(versions, FLEET.dead, "version")).toHaveLength(1);
    const wellOf = (instance: string) =>
      Date.now() - (well.find(({ labels }) => labels.instance === instance)?.value ?? Number.NaN);
    expect(wellOf(FLEET.busy)).toBeLessThan(5_000);
    expect(wellOf(FLEET.deaf)).toBeGreaterThan(30 * 60_000);
    expect(wellOf(FLEET.dead)).toBeNaN();
    expect(wellOf(FLEET.away)).toBeLessThan(120_000);
  });

  test("a slow method is told from one that waits for its turn", async () => {
    const [, , waiting = []] = await asker.panel(fleetPanel("The slowest methods, and why"), EVERYTHING);
    const share = (method: string) => waiting.find(({ labels }) => labels.method === method)?.value;
    expect(share("slow")).toBeLessThan(0.2);
    expect(share("oneAtATime")).toBeGreaterThan(0.5);
  });

  test("a failure is counted from the first one, though its counter began with it", async () => {
    await atLast(async () => {
      const [failed = []] = await asker.panel(fleetPanel("Tasks that do not do their work"), EVERYTHING);
      return failed.find(({ labels }) => labels.outcome === "missed" && labels.task === "worker/nightly");
    }).toMatchObject({ labels: { device: "pi-busy" }, value: expect.toSatisfy(isAboutFive) });
  });

  test("all jobs are those of agents; devices are offered by name, those that are gone too", async () => {
    const jobs = await fetch(`${scene.prometheus.url}/api/v1/label/job/values?match[]=hubhand_build_info`);
    expect(await jobs.json()).toMatchObject({ data: ["hubhand"] });
    expect(await scene.prometheus.query(`up{job="${OTHER_JOB}"} == 1`)).toHaveLength(1);
    const { definition = "", regex = "" } = variable("device");
    const query = asker.fill(/^query_result\((.*)\)$/s.exec(definition)?.[1] ?? "", EVERYTHING);
    const pattern = new RegExp(regex.slice(1, -1));
    const offered = (await scene.prometheus.query(query)).map(({ metric, value }) => {
      const labels = Object.entries(metric).map(([name, text]) => `${name}="${text}"`);
      return pattern.exec(`{${labels.join(",")}} ${value[1]}`)?.groups;
    });
    expect(offered).toContainEqual({ text: "pi-busy", value: FLEET.busy });
    expect(offered).toContainEqual({ text: "pi-deaf", value: FLEET.deaf });
    expect(offered.filter((each) => each?.text === "pi-rival")).toHaveLength(2);
  });
});

/** An agent that was not scraped within the second, on a busy machine, is not there until the next one. */
const atLast = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000, interval: 300 });

/** Where the first scrape came before the failures, Prometheus counts what grew, and reckons on to the ends of the time. */
const isAboutFive = (value: number): boolean => value >= 4.5 && value < 7;

const WHO = "Who needs help, the worst first";

const variable = (name: string) => {
  const found = fleetDashboard.templating.list.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no variable ${name}`);
  return found;
};

function fleetPanel(title: string): Panel {
  const found = panelsOf(fleetDashboard).find((panel) => panel.title === title);
  if (found === undefined) throw new Error(`no panel ${title}`);
  return found;
}

/** The queries of a panel that came to nothing, but for those that may. */
const emptyOnes = ({ title, targets = [] }: Panel, shown: readonly number[]): string[] =>
  targets
    .map(({ refId }, index) => (shown[index] === 0 ? `${title}: ${refId}` : ""))
    .filter((name) => name !== "" && !NOT_SHOWN.has(name));

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type LocalHub, startLocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { HAS_PROMETHEUS, startPrometheus } from "../support/prometheus/prometheus.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { createBackEnd } from "./support/back-end.ts";
import { makeKeyCards } from "./support/cards.ts";
import { createDevices, type Device } from "./support/devices.ts";

/** The tests go on from each other, as a roll-out does: docs/fleet/rollout.md. */
const cleanUp = cleanUpAfterAll();

const IDS = Array.from({ length: 12 }, (_, index) => `pump-${index + 1}`);
const RINGS = { canary: 2, early: 4, all: 6 } as const;
/** One that is switched off at last. */
const OFF = "pump-12";
/** Not a process for each of them. */
const PLUGIN = { HUBHAND_PLUGINS_ISOLATE: "false" };
type Ring = keyof typeof RINGS;

let hub: LocalHub;
let backEnd: ReturnType<typeof createBackEnd>;
let devices: Awaited<ReturnType<typeof createDevices>>;
/** A folder with a plugin that is well. */
let pump: string;
const running = new Map<string, Device>();

/** What Compose or Kubernetes does: the old one ends in order, another one starts on the same disk. */
async function update(ids: readonly string[], revision: string, env: Record<string, string> = {}) {
  await Promise.all(
    ids.map(async (id) => {
      await running.get(id)?.stop();
      running.set(
        id,
        await devices.start(id, {
          HUBHAND_TWIN_REVISION: revision,
          ...PLUGIN,
          HUBHAND_PLUGINS_DIRECTORY: pump,
          ...env,
        }),
      );
    }),
  );
}

async function idsOf(condition: string): Promise<string[]> {
  const rows = await backEnd.query(`SELECT deviceId FROM devices WHERE ${condition}`);
  return rows.map(({ deviceId }) => String(deviceId));
}

const PAGE = readFileSync(new URL("../../docs/fleet/rollout.md", import.meta.url), "utf8");
const GATE =
  /^SELECT deviceId FROM devices WHERE (tags\.ring = 'canary' AND \([^`]*\))$/m.exec(PAGE)?.[1] ?? "";

/** The gate of the page: who of the ring is not well with that revision; open when it is nobody. */
const notYet = (ring: Ring, revision: string) =>
  idsOf(GATE.replace("'canary'", `'${ring}'`).replace("'2026.11.2'", `'${revision}'`));

async function revisions(): Promise<Record<string, unknown>> {
  const rows = await backEnd.query(
    "SELECT properties.reported.agent.revision AS revision, COUNT() AS numberOfDevices FROM devices GROUP BY properties.reported.agent.revision",
  );
  return Object.fromEntries(rows.map(({ revision, numberOfDevices }) => [String(revision), numberOfDevices]));
}

beforeAll(async () => {
  hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  backEnd = createBackEnd(hub);
  pump = await cleanUp.folder();
  await writeFile(path.join(pump, "pump.mjs"), "export default { methods: { pulse: () => null } };\n");
  const provisioning = await hub.startProvisioning({ retryAfterSeconds: 0 });
  const groupKey = randomBytes(32).toString("base64");
  provisioning.enrolments.addGroup({
    groupId: "pumps",
    attestation: { kind: "symmetricKey", primaryKey: groupKey },
    initialTwin: { tags: { ring: "all" } },
  });
  const cards = await makeKeyCards({ folder: await cleanUp.folder(), provisioning }, { groupKey, ids: IDS });
  devices = await createDevices(cleanUp, { hub, endpoint: provisioning.endpoint, cards });
  await update(IDS, "1");
  await waitUntil("all have reported", async () => (await revisions())["1"] === IDS.length, 120_000);
}, 240_000);

test("a job puts devices into rings, and a query counts them", async () => {
  const move = (ring: Ring, ids: readonly string[]) =>
    backEnd.changeTwins(`deviceId IN [${ids.map((id) => `'${id}'`).join(", ")}]`, { tags: { ring } });
  expect(await move("canary", IDS.slice(0, 2))).toMatchObject({ deviceJobStatistics: { succeededCount: 2 } });
  await move("early", IDS.slice(2, 6));
  const rows = await backEnd.query(
    "SELECT tags.ring AS ring, COUNT() AS numberOfDevices FROM devices GROUP BY tags.ring",
  );
  expect(Object.fromEntries(rows.map(({ ring, numberOfDevices }) => [ring, numberOfDevices]))).toEqual(RINGS);
});

test("a job calls every device of a ring, and tells what each answered", async () => {
  const { job, answers } = await backEnd.callAll("tags.ring = 'early'", "hubhand.ping");
  expect(job).toMatchObject({
    status: "completed",
    deviceJobStatistics: { deviceCount: RINGS.early, succeededCount: RINGS.early },
  });
  expect(answers.map(({ deviceId }) => deviceId)).toHaveLength(RINGS.early);
  for (const answer of answers)
    expect(answer).toMatchObject({ outcome: { deviceMethodResponse: { status: 200 } } });
});

test("the first ring is updated, and the gate opens when all of it runs the new revision", async () => {
  const ring = await idsOf("tags.ring = 'canary'");
  expect(await notYet("canary", "2")).toEqual(ring);
  await update(ring, "2");
  await waitUntil("the gate is open", async () => (await notYet("canary", "2")).length === 0);
  expect(await revisions()).toEqual({ "1": IDS.length - ring.length, "2": ring.length });
  const [first = ""] = ring;
  const { since, startedAt, before } = hub.twins.get(first).properties.reported.agent as Record<
    string,
    unknown
  >;
  expect(before).toMatchObject({ revision: "1" });
  expect(since).toBe(startedAt);
});

test("the second ring's revision is broken or has lost its plugin: the gate stays shut and says where, and going back opens the old one's", async () => {
  const plugins = await cleanUp.folder();
  await writeFile(path.join(plugins, "pump.mjs"), 'throw new Error("no such valve");\n');
  const ring = await idsOf("tags.ring = 'early'");
  const [broken = "", lost = "", ...others] = ring;
  await update([broken], "3", { HUBHAND_PLUGINS_DIRECTORY: plugins });
  await update([lost], "3", { HUBHAND_PLUGINS_DIRECTORY: await cleanUp.folder() });
  await update(others, "3");
  await waitUntil("they run it", async () => (await revisions())["3"] === ring.length);
  const notWell = [broken, lost].sort().join();
  await waitUntil("two are not well", async () => (await notYet("early", "3")).sort().join() === notWell);
  const [told] = await backEnd.query(
    `SELECT properties.reported.plugins.pump.problem AS problem FROM devices WHERE deviceId = '${broken}'`,
  );
  expect(told?.problem).toMatch(/no such valve/);

  await update(ring, "1");
  await waitUntil("all are back", async () => (await notYet("early", "1")).length === 0);
  expect(hub.twins.get(broken).properties.reported.agent).toMatchObject({ before: { revision: "3" } });
  expect(await idsOf("properties.reported.agent.before.revision = '3'")).toEqual(ring);
});

test("a job changes what is desired of a ring, and a query finds who took it and who did not", async () => {
  await backEnd.changeTwins("tags.ring = 'all'", { properties: { desired: { heartbeatInterval: "10m" } } });
  await backEnd.changeTwins("tags.ring = 'canary'", { properties: { desired: { heartbeatInterval: "1s" } } });
  const answered = async (code: number) =>
    (await idsOf(`properties.reported.heartbeatInterval.ac = ${code}`)).length;
  await waitUntil("all have taken it", async () => (await answered(200)) === RINGS.all);
  await waitUntil("two have refused it", async () => (await answered(400)) === RINGS.canary);
});

test("a configuration of the hub is for whoever is in a ring, also later, and takes back what it has set", async () => {
  const [late = ""] = await idsOf("tags.ring = 'all'");
  await backEnd.configure("beat", {
    condition: "tags.ring = 'early'",
    name: "heartbeatInterval",
    value: "20m",
  });
  const metrics = (count: number) => ({ targetedCount: count, appliedCount: count, taken: count });
  const told = async (count: number) =>
    JSON.stringify(await backEnd.metricsOf("beat")) === JSON.stringify(metrics(count));
  await waitUntil("the ring has taken it", () => told(RINGS.early));
  hub.twins.patch(late, { tags: { ring: "early" }, properties: { desired: { heartbeatInterval: null } } });
  await waitUntil("who comes has taken it", () => told(RINGS.early + 1));
  await backEnd.removeConfiguration("beat");
  await waitUntil("it is as the configuration file says again", async () => {
    const rows = await idsOf("tags.ring = 'early' AND IS_DEFINED(properties.reported.heartbeatInterval)");
    return rows.length === 0;
  });
  hub.twins.patch(late, { tags: { ring: "all" } });
});

test.skipIf(!HAS_PROMETHEUS)(
  "Prometheus counts devices by revision, and knows which revision's devices are not well",
  async () => {
    const ringOf = (id: string): string => String(hub.twins.get(id).tags?.ring);
    const targets = [...running.values()].map(({ id, address }) => ({
      address,
      labels: { instance: id, ring: ringOf(id) },
    }));
    await running.get(OFF)?.stop();
    // All agents are in this process: on a busy machine one does not answer within a second.
    const prometheus = await startPrometheus(cleanUp, { targets, scrapeInterval: "5s" });
    await prometheus.scraped();
    await waitUntil("nobody is down but who was switched off", async () => {
      const down = await prometheus.query('up{ring="all"} == 0');
      const up = await prometheus.query("up == 1");
      return up.length === IDS.length - 1 && down.length === 1 && down[0]?.metric.instance === OFF;
    });
    const counted = (await prometheus.query("count by (revision) (hubhand_build_info)")).map(
      ({ metric, value }) => [metric.revision, Number(value[1])],
    );
    expect(Object.fromEntries(counted)).toEqual({ "1": IDS.length - RINGS.canary - 1, "2": RINGS.canary });
    // Those of docs/fleet/rollout.md, as they stand there.
    const [isWell = "", alerts = "", failing = "", ...others] = await expressionsOf("docs/fleet/rollout.md");
    expect(others).toEqual([]);
    const ask = async (expression: string, ring: Ring, revision: string) => {
      const [answer] = await prometheus.query(
        expression.replaceAll("canary", ring).replaceAll("2026.11.2", revision),
      );
      return answer === undefined ? undefined : Number(answer.value[1]);
    };
    expect(await ask(isWell, "canary", "2")).toBe(1);
    expect(await ask(isWell, "all", "1")).toBe((RINGS.all - 1) / RINGS.all);
    expect(await ask(alerts, "canary", "2")).toBeUndefined();
    expect(await ask(failing, "canary", "2")).toBeUndefined();
  },
);

async function expressionsOf(page: string): Promise<string[]> {
  const text = await readFile(new URL(`../../${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```promql\n([\s\S]*?)^```/gm)].map(([, expression = ""]) => expression);
}

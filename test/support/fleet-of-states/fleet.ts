import { writeFile } from "node:fs/promises";
import path from "node:path";
import { HOUR } from "../../../src/durations.ts";
import { type LocalHub, startLocalHub } from "../../../src/local-hub/index.ts";
import { startAgentProcess } from "../agent/agent-process.ts";
import type { HubhandProcess } from "../agent/hubhand-process.ts";
import type { CleanUp } from "../clean-up.ts";
import { lastingPort } from "../lasting-port.ts";
import { type Prometheus, startPrometheus } from "../prometheus/prometheus.ts";
import { waitUntil } from "../time/wait-until.ts";
import { keepBusy } from "./busy.ts";
import { writeMixedPlugins, writeTalkativePlugin } from "./plugins.ts";
import { startStranger, startToldDevice } from "./told-device.ts";

/** Who is in the fleet, by the address that Prometheus knows it by. */
export const FLEET = {
  /** Online; of its plugins one is broken and one restarts; its calls, tasks and messages go well and badly. */
  busy: "10.1.0.1:9464",
  /** Its hub is away, and its outbox too small. */
  away: "10.1.0.2:9464",
  /** Two agents with one identity. */
  rival: "10.1.0.3:9464",
  otherRival: "10.1.0.4:9464",
  /** Had the wrong key, and is dead. */
  dead: "10.1.0.5:9464",
  /** Says that it is online; the hub has proved nothing for long. Only told of. */
  deaf: "10.1.0.6:9464",
  /** Well, with a clock that is two hours ahead, and often started anew. Only told of. */
  well: "10.1.0.7:9464",
  /** A target that never answered. */
  never: "10.1.0.8:9464",
} as const;

type Member = keyof typeof FLEET;

const MEMBERS = Object.keys(FLEET) as Member[];

/** What somebody else's job is called; it must not be counted among ours. */
export const OTHER_JOB = "node";

export interface FleetOfStates {
  readonly prometheus: Prometheus;
  /** From when on its events are in Prometheus, in seconds since 1970. */
  readonly since: number;
}

/** Live agents in good and bad states under a real Prometheus that has seen all of it happen. */
export async function startFleetOfStates(cleanUp: CleanUp): Promise<FleetOfStates> {
  const since = Date.now() / 1000;
  const ports = new Map<Member, number>();
  for (const member of MEMBERS) ports.set(member, await lastingPort());
  const portOf = (member: Member): number => ports.get(member) ?? 0;
  const [hub, hubThatGoes] = await Promise.all([
    hubWith(cleanUp, ["pi-busy", "pi-rival", "pi-dead"]),
    hubWith(cleanUp, ["pi-away"]),
  ]);
  const address = (member: Member) => `127.0.0.1:${portOf(member)}`;
  const targets = [
    ...MEMBERS.map((member) => ({ address: address(member), labels: { instance: FLEET[member] } })),
    { address: await startStranger(cleanUp), labels: { job: OTHER_JOB, instance: "10.1.0.1:9100" } },
  ];

  const start = (member: Member, at: LocalHub, deviceId: string, env: Record<string, string> = {}) =>
    startAgentProcess(cleanUp, {
      hub: at,
      deviceId,
      env: {
        HUBHAND_OBSERVE_PORT: String(portOf(member)),
        HUBHAND_PLUGINS_DIRECTORY: emptyFolder,
        HUBHAND_LINK_BACKOFF_NETWORK_BASE: "200ms",
        ...env,
      },
    });
  const emptyFolder = await cleanUp.folder();
  const wrongKey = `SharedAccessKey=${Buffer.alloc(32, "k").toString("base64")}`;
  await startToldDevice(cleanUp, { port: portOf("deaf"), device: "pi-deaf", checkedAgo: 3 * 600 + 60 });
  await startToldDevice(cleanUp, {
    ...{ port: portOf("well"), device: "pi-well", checkedAgo: 60, clockAhead: 7200, restartsEvery: 3 },
  });
  const busy = start("busy", hub, "pi-busy", {
    HUBHAND_PLUGINS_DIRECTORY: await writeMixedPlugins(await cleanUp.folder()),
    HUBHAND_STATE_DIRECTORY: await stateThatMissedRuns(cleanUp),
    HUBHAND_LINK_SUBSCRIPTION_CHECK: "1s",
  });
  start("away", hubThatGoes, "pi-away", {
    HUBHAND_PLUGINS_DIRECTORY: await writeTalkativePlugin(await cleanUp.folder()),
    HUBHAND_MESSAGES_OUTBOX_MAX_MESSAGES: "10",
    // With the hub this port goes too; 443 may be somebody's here.
    HUBHAND_LINK_WEB_SOCKET_PORT: String(hubThatGoes.httpsPort),
  });
  const rivals = [start("rival", hub, "pi-rival"), start("otherRival", hub, "pi-rival")];
  const dead = start("dead", hub, "pi-dead", {
    HUBHAND_CONNECTION_STRING: hub.deviceConnectionString("pi-dead").replace(/SharedAccessKey=.*/, wrongKey),
    // On a busy machine it would seem to be the network.
    HUBHAND_LINK_DIAL_TIMEOUT: "60s",
  });
  const prometheus = await startPrometheus(cleanUp, { targets });

  const isOnline = `hubhand_link_state{instance="${FLEET.away}", state="online"} == 1`;
  await seen(prometheus, "the one whose hub goes is online", isOnline);
  await hubThatGoes.stop();
  await Promise.all([online(busy), ...rivals.map(online)]);
  cleanUp.add(await keepBusy(hub, "pi-busy"));
  await happened(prometheus, hub);
  dead.kill("SIGKILL");
  await dead.exited;
  await seen(prometheus, "it is down", `up{instance="${FLEET.dead}"} == 0`);
  return { prometheus, since };
}

const online = (agent: HubhandProcess) => agent.line("it is online", ({ state }) => state === "online");

/** All that the panels are to show has been scraped. */
async function happened(prometheus: Prometheus, hub: LocalHub): Promise<void> {
  const grew = (series: string, by = 0) => `sum by (instance) (increase(${series}[1m])) > ${by}`;
  const events = {
    "a conflict": grew('hubhand_link_failures_total{class="conflict"}'),
    "sessions that are lost again and again": grew('hubhand_link_failures_total{class=~"lost|conflict"}', 3),
    "a refused identity": grew('hubhand_link_failures_total{class="unauthorized"}'),
    "dropped messages": grew("hubhand_outbox_dropped_total"),
    "restarts of a plugin": grew("hubhand_plugin_restarts_total"),
    "failed tasks": grew('hubhand_task_runs_total{outcome="failed"}'),
    "refused twin updates": grew('hubhand_twin_updates_total{outcome="refused"}'),
    "messages from the hub that wait": "max_over_time(hubhand_inbox_messages[1m]) > 0",
    "messages from the hub": grew('hubhand_messages_total{direction="cloud_to_device"}'),
    "calls that wait":
      "histogram_quantile(0.95, sum by (le) (rate(hubhand_method_queue_seconds_bucket[1m]))) > 0.05",
    "failed calls": grew('hubhand_method_calls_total{outcome="method_failed"}'),
    "jobs that ended": grew("hubhand_jobs_total"),
  };
  for (const [what, expression] of Object.entries(events))
    await seen(prometheus, what, expression, () => {
      // One of the two gives way after a while; the other must not be left in peace.
      if (what.startsWith("sessions")) hub.disconnect("pi-rival");
    });
}

/** Asks now and then, as Prometheus has work to do besides. */
const ASKED_EVERY_MS = 200;
/** A guard: a machine that is busy does not answer within the second that a scrape may take. */
const LIMIT_MS = 150_000;

async function seen(
  prometheus: Prometheus,
  what: string,
  expression: string,
  meanwhile = () => {},
): Promise<void> {
  await waitUntil(
    what,
    async () => {
      meanwhile();
      if ((await prometheus.query(expression)).length > 0) return true;
      await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
      return false;
    },
    LIMIT_MS,
  );
}

async function hubWith(cleanUp: CleanUp, devices: readonly string[]): Promise<LocalHub> {
  const hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  for (const deviceId of devices) await hub.registry.create({ deviceId });
  return hub;
}

/** A folder of an agent that was off for some hours. */
async function stateThatMissedRuns(cleanUp: CleanUp): Promise<string> {
  const folder = await cleanUp.folder();
  // Half an hour from any run that is due: how many were missed must not depend on how long the agent takes to start.
  const time = Date.now() - 5.5 * HOUR;
  const tasks = { "worker/nightly": { timing: `every ${HOUR}`, time } };
  await writeFile(path.join(folder, "schedule.json"), JSON.stringify({ version: 1, tasks }));
  return folder;
}

import { beforeAll, describe, expect, test } from "vitest";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import {
  type Alert,
  HAS_PROMETHEUS,
  type Prometheus,
  startPrometheus,
} from "../../support/prometheus/prometheus.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { writeHurriedRules } from "./support/hurried-rules.ts";
import { type Agent, openScene, type Scene, trouble } from "./support/scene.ts";

if (!HAS_PROMETHEUS) process.stderr.write("skipped: no Prometheus, so no alert is tried on an agent\n");

// In this order, on the same agents: a device that has all kinds of trouble is disabled at last, and then killed.
describe.skipIf(!HAS_PROMETHEUS)("a real Prometheus with agents in trouble", () => {
  const cleanUp = cleanUpAfterAll();
  let scene: Scene;
  let prometheus: Prometheus;

  beforeAll(async () => {
    scene = await openScene(cleanUp);
    const { healthy, rivals, troubled, cutOff } = scene;
    prometheus = await startPrometheus(cleanUp, {
      targets: [healthy, ...rivals, troubled, cutOff].map(({ instance }) => ({ address: instance })),
      rules: await writeHurriedRules(await cleanUp.folder()),
    });
    await prometheus.scraped(2);
    await trouble(scene);
  }, 240_000);

  /** It fires of this agent, and of what the labels say: two methods may fail at once. */
  async function fires(
    alert: string,
    { instance }: Agent,
    wanted: Readonly<Record<string, string>> = {},
  ): Promise<Alert> {
    const labelled = Object.entries({ alertname: alert, instance, ...wanted });
    let found: Alert | undefined;
    await waitUntil(`${alert} fires`, async () => {
      found = (await prometheus.alerts()).find(
        ({ labels, state }) =>
          state === "firing" && labelled.every(([name, value]) => labels[name] === value),
      );
      return found !== undefined;
    });
    return found as Alert;
  }

  test.each([
    ["HubhandMethodErrors", { method: "fail" }],
    ["HubhandMethodFailing", { method: "fail" }],
    ["HubhandJobsFailing", {}],
    ["HubhandPluginDown", { plugin: "broken" }],
    ["HubhandPluginRestarting", { plugin: "ending" }],
    ["HubhandTaskFailing", { task: "trouble/measure" }],
    ["HubhandTwinRefused", {}],
    ["HubhandMessagesGivenUp", {}],
    ["HubhandLogErrors", {}],
  ])("a device whose plugins fail: %s", async (alert, labels) => {
    expect(await fires(alert, scene.troubled, labels)).toMatchObject({ labels: { device: "troubled" } });
  });

  test("a hub that is gone: HubhandOffline says why attempts fail", async () => {
    const { labels, annotations } = await fires("HubhandOffline", scene.cutOff);
    expect(labels).toMatchObject({ device: "cut-off", severity: "critical" });
    expect(annotations.description).toContain("Attempts fail as: network.");
  });

  test.each([["HubhandOutboxFilling"], ["HubhandOutboxDropping"], ["HubhandCertificateExpiring"]])(
    "a device that is cut off, and goes on measuring: %s",
    async (alert) => {
      expect(await fires(alert, scene.cutOff)).toMatchObject({ labels: { device: "cut-off" } });
    },
  );

  test("two agents with one identity: HubhandIdentityConflict, of both", async () => {
    for (const rival of scene.rivals) {
      const { labels } = await fires("HubhandIdentityConflict", rival);
      expect(labels).toMatchObject({ device: "rivals" });
    }
  });

  test("they come and go: HubhandLinkFlapping", async () => {
    await Promise.all(scene.rivals.map((rival) => fires("HubhandLinkFlapping", rival)));
  });

  test("a device that is disabled in the hub: HubhandIdentityRefused", async () => {
    await scene.hub.registry.update({ deviceId: "troubled", status: "disabled" });
    expect(await fires("HubhandIdentityRefused", scene.troubled)).toMatchObject({
      labels: { device: "troubled" },
    });
  });

  test("an agent that is killed: HubhandAgentDown, by the name that it had", async () => {
    scene.troubled.process.kill("SIGKILL");
    const { labels, annotations } = await fires("HubhandAgentDown", scene.troubled);
    expect(labels.device).toBe("troubled");
    expect(annotations.summary).toBe("troubled: the agent does not answer");
  });

  test("of the agent that was well all the time no alert has ever been so much as pending", async () => {
    const { instance } = scene.healthy;
    // How late the event loop of an agent is beside four others, on a machine that tests, is not its own doing.
    const told = await prometheus.query(
      `count_over_time(ALERTS{instance="${instance}",alertname!~"HubhandEventLoopSlow|HubhandAgentDown"}[10m])`,
    );
    expect(told).toEqual([]);
    expect(await prometheus.query(`hubhand:device{instance="${instance}"}`)).toMatchObject([
      { metric: { device: "healthy" } },
    ]);
  });
});

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const PLUGIN = `
export default {
  tasks: {
    tidy: { every: "1h", runAtStart: true, catchUp: "once", run: ({ log }) => log.info("tidied up") },
    nightly: { cron: "0 3 * * *", run() {} },
  },
};`;

it("an agent does its tasks on time, tells of them, and remembers over a restart what it must", async () => {
  const [plugins, state] = [await cleanUp.folder(), await cleanUp.folder()];
  await writeFile(path.join(plugins, "broom.mjs"), PLUGIN);
  const tasks = {
    "broom/nightly": { cron: "0 4 * * *" },
    "broom/sweep": { enabled: false },
    beat: { every: "1h", runAtStart: true, method: "hubhand.ping", payload: "tick", telemetry: true },
  };
  const { hub, agent } = await startAgentOnHub(cleanUp, {
    plugins,
    env: {
      HUBHAND_STATE_DIRECTORY: state,
      HUBHAND_SCHEDULE_TASKS: JSON.stringify(tasks),
      HUBHAND_SCHEDULE_TIMEZONE: "UTC",
      HUBHAND_METHODS_BUILT_IN_RUN_TASK: "true",
    },
  });
  const call = async (methodName: string, payload?: unknown) =>
    (await callMethod(hub, DEVICE_ID, { methodName, payload })).payload;

  await agent.line("the plugin's task ran at its start", ({ msg }) => msg === "tidied up");
  const answered = await agent.line("the method was called", ({ requestId }) => requestId === "task-beat-1");
  expect(answered).toMatchObject({ method: "hubhand.ping", outcome: "ok" });
  const unknown = await agent.line(
    "what is misspelt is told",
    (line) => Array.isArray(line.tasks) && line.level === "warn",
  );
  expect(unknown.tasks).toEqual(["broom/sweep"]);

  expect(await call("hubhand.runTask", { task: "broom/tidy" })).toEqual({
    task: "broom/tidy",
    outcome: "ok",
  });
  const told = (await call("hubhand.tasks")) as { tasks: { task: string; next: string }[] };
  expect(told.tasks.map(({ task }) => task).toSorted()).toEqual([
    "beat",
    "broom/nightly",
    "broom/tidy",
    "hubhand/heartbeat",
  ]);
  const of = (label: string) => told.tasks.find(({ task }) => task === label);
  expect(of("broom/nightly")?.next).toMatch(/T04:00:00/);
  expect(of("broom/tidy")).toMatchObject({ every: "1h", last: { outcome: "ok" } });
  expect(of("hubhand/heartbeat")).toMatchObject({ every: "15m", enabled: true });

  expect(await call("hubhand.runTask", { task: "hubhand/heartbeat" })).toMatchObject({ outcome: "ok" });
  const received = () => hub.messages.received().map(({ body }) => JSON.parse(body.toString()));
  await waitUntil("the hub has two messages", () => received().length === 2);
  const [answer, heartbeat] = received();
  expect(answer).toMatchObject({ echo: "tick" });
  expect(heartbeat).toMatchObject({ plugins: { up: 2, down: 0 }, link: { sessions: 1 }, memory: {} });

  agent.kill("SIGTERM");
  expect(await agent.exited).toBe(0);
  const kept = JSON.parse(await readFile(path.join(state, "schedule.json"), "utf8"));
  expect(Object.keys(kept.tasks)).toEqual(["broom/tidy"]);
});

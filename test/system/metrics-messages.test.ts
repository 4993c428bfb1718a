import { expect, it } from "vitest";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

it("an agent sends its metrics as messages, if it is told to", async () => {
  const { hub } = await startAgentOnHub(cleanUp, {
    env: { HUBHAND_OBSERVE_SNAPSHOT_INTERVAL: "5m", HUBHAND_METHODS_BUILT_IN_RUN_TASK: "true" },
  });
  const call = async (methodName: string, payload?: unknown) =>
    (await callMethod(hub, DEVICE_ID, { methodName, payload })).payload;
  expect(await call("hubhand.tasks")).toMatchObject({
    tasks: expect.arrayContaining([
      expect.objectContaining({ task: "hubhand/metrics", every: "5m", enabled: true }),
    ]),
  });

  await call("DeviceMethod", { method_number: "42" });
  expect(await call("hubhand.runTask", { task: "hubhand/metrics" })).toMatchObject({ outcome: "ok" });
  await waitUntil("the hub has the message", () => hub.messages.received().length === 1);
  const [message] = hub.messages.received();
  expect(message?.properties).toMatchObject({ type: "metrics" });
  expect(message?.body.length).toBeLessThan(4096);
  const { at, metrics } = JSON.parse(String(message?.body));
  expect(Date.now() - Date.parse(at)).toBeLessThan(60_000);
  expect(metrics).toMatchObject({
    hubhand_link_state: [{ state: "online", value: 1 }],
    hubhand_method_calls_total: expect.arrayContaining([{ method: "DeviceMethod", outcome: "ok", value: 1 }]),
    hubhand_method_duration_seconds: expect.arrayContaining([
      expect.objectContaining({ method: "DeviceMethod", count: 1, p99: expect.any(Number) }),
    ]),
  });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startLocalHub } from "../../../src/local-hub/index.ts";
import { startTestHub, temporaryFolder } from "../support/hub.ts";
import { callRest } from "../support/rest.ts";

test("of hubs that start on the same new folder at the same time one gets it, and the authority in it is its own", async () => {
  const dataDirectory = await temporaryFolder();
  const all = await Promise.allSettled(Array.from({ length: 4 }, () => startTestHub({ dataDirectory })));
  const [one, ...others] = all.flatMap((each) => (each.status === "fulfilled" ? [each.value.hub] : []));
  expect(others).toEqual([]);
  expect(await readFile(join(dataDirectory, "ca.pem"), "utf8")).toBe(one?.ca);
  await one?.stop();
  const { hub } = await startTestHub({ dataDirectory });
  expect(hub.ca).toBe(one?.ca);
});

test.each(["policies", "devices", "twins", "cloud-to-device", "activity", "sessions", "jobs", "device-jobs"])(
  "a hub.db in which one of the %s is broken is refused without a word of it, and left to who repairs it",
  async (kind) => {
    const dataDirectory = await temporaryFolder();
    await (await startTestHub({ dataDirectory })).hub.stop();
    const path = join(dataDirectory, "hub.db");
    const change = (sql: string) => {
      const database = new DatabaseSync(path);
      database.prepare(sql).run(kind);
      database.close();
    };
    change("INSERT INTO documents (kind, key, json) VALUES (?, 'one', 'some secret')");
    const refusal = await startLocalHub({ dataDirectory }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("Repair it") });
    expect(String(refusal)).not.toContain("secret");
    change("DELETE FROM documents WHERE key = 'one' AND kind = ?");
    await startTestHub({ dataDirectory });
  },
);

test("a hub that finds its port in use leaves the folder to the next one at once, with the jobs in it as they are", async () => {
  const dataDirectory = await temporaryFolder();
  const { hub: first } = await startTestHub({ dataDirectory, devices: ["dev1"] });
  const startTime = new Date(Date.now() + 3_600_000).toISOString();
  const body = { type: "scheduleUpdateTwin", queryCondition: "*", updateTwin: { tags: { a: 1 } }, startTime };
  await callRest({ hub: first, method: "PUT", path: "/jobs/v2/job1", body });
  await first.stop();
  const { hub: other } = await startTestHub();
  const now = () => Date.now() + 7_200_000;
  for (const option of ["mqttPort", "httpsPort", "amqpPort"]) {
    // Not quite an address: it is looked up first, which takes the turns of the event loop in which jobs would begin.
    const taken = startLocalHub({ host: "127.1", dataDirectory, now, [option]: other.httpsPort });
    await expect(taken).rejects.toMatchObject({ code: "PORT_IN_USE" });
  }
  const { hub: second } = await startTestHub({ dataDirectory });
  expect(second.twins.get("dev1").version).toBe(2);
  expect((await callRest({ hub: second, path: "/jobs/v2/job1" })).json().status).toBe("scheduled");
});

test("a provisioning service is not started beside a hub that has stopped", async () => {
  const { hub } = await startTestHub();
  const meanwhile = hub.startProvisioning();
  const stopped = hub.stop();
  await expect(hub.startProvisioning()).rejects.toMatchObject({ code: "ServiceUnavailable" });
  const { mqttPort } = await meanwhile;
  await stopped;
  const { hub: next } = await startTestHub({ mqttPort });
  expect(next.mqttPort).toBe(mqttPort);
});

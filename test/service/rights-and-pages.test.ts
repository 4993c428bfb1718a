import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import { createServiceClient } from "../../src/service/index.ts";
import { quoted } from "../../src/service/query.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

/** A hub whose one policy has these rights. */
async function clientWith(rights: readonly string[], ...deviceIds: string[]) {
  const dataDirectory = await cleanUp.folder();
  const key = Buffer.alloc(32, 7).toString("base64");
  const policy = { name: "iothubowner", rights, primaryKey: key, secondaryKey: key };
  await writeFile(
    join(dataDirectory, "hub.json"),
    JSON.stringify({ version: 1, policies: [policy], devices: [] }),
  );
  const hub = await startLocalHub({ dataDirectory });
  cleanUp.add(() => hub.stop());
  for (const deviceId of deviceIds) await hub.registry.create({ deviceId });
  const { serviceConnectionString: connectionString, ca } = hub;
  return createServiceClient({ connectionString, origin: "test", ca });
}

async function rowsOf(pages: AsyncIterable<readonly unknown[]>): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for await (const page of pages) all.push([...page]);
  return all;
}

test("a policy without the rights that something needs is told which these are", async () => {
  const client = await clientWith(["ServiceConnect"], "pi");
  const job = { jobId: "j", condition: "*", methodName: "m", payload: null, maxExecutionSeconds: 60 };
  await expect(rowsOf(client.query("SELECT * FROM devices"))).rejects.toMatchObject({
    code: "CREDENTIALS_REFUSED",
    message: expect.stringContaining('the right "Registry Read"'),
  });
  await expect(client.createMethodJob(job)).rejects.toThrow(
    'the rights "Registry Read" and "Registry Write"',
  );
  const reader = await clientWith(["RegistryRead"], "pi");
  await expect(reader.invokeMethod({ deviceId: "pi", methodName: "m" })).rejects.toThrow(
    'the right "Service Connect"',
  );
});

test("a query is read page by page, each when it is asked for", async () => {
  const client = await clientWith(["RegistryRead"], "a", "b", "c");
  const query = "SELECT deviceId FROM devices";
  expect(await rowsOf(client.query(query, { pageSize: 2 }))).toEqual([
    [{ deviceId: "a" }, { deviceId: "b" }],
    [{ deviceId: "c" }],
  ]);
  const pages = client.query(query, { pageSize: 1 });
  expect((await pages.next()).value).toEqual([{ deviceId: "a" }]);
});

test("text of any kind can stand in a query", async () => {
  const client = await clientWith(["RegistryRead"], "o'd");
  expect(
    await rowsOf(client.query(`SELECT deviceId FROM devices WHERE deviceId = ${quoted("o'd")}`)),
  ).toEqual([[{ deviceId: "o'd" }]]);
  expect(quoted("a\\'b")).toBe("'a\\\\\\'b'");
});

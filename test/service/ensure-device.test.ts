import { expect, test } from "vitest";
import { createServiceClient } from "../../src/service/index.ts";
import { startHub } from "./hub.ts";

test("a device that is not there is created; one that is there keeps its keys", async () => {
  const { hub } = await startHub();
  const client = createServiceClient({
    connectionString: hub.serviceConnectionString,
    origin: "test",
    ca: hub.ca,
  });
  const created = await client.ensureDevice("pi");
  expect(hub.deviceConnectionString("pi")).toContain(`SharedAccessKey=${created.primaryKey}`);
  expect(await client.ensureDevice("pi")).toEqual(created);
});

test("of several that create it at once, all get the same keys", async () => {
  const { hub } = await startHub();
  const client = createServiceClient({
    connectionString: hub.serviceConnectionString,
    origin: "test",
    ca: hub.ca,
  });
  const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => client.ensureDevice("pi")));
  for (const other of others) expect(other).toEqual(first);
});

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { misleading } from "../../../src/check/network/misled.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const HUB = "my-hub.azure-devices.net";

async function told(addresses: string[], hosts = "", host = HUB): Promise<string | undefined> {
  const file = path.join(await cleanUp.folder(), "hosts");
  await writeFile(file, `127.0.0.1 localhost\n${hosts}\n`);
  return misleading(host, addresses, file);
}

it("an entry of this machine's own is told, whatever its address", async () => {
  expect(await told(["192.0.2.1"], `192.0.2.1  other My-Hub.azure-devices.net # since May`)).toBe("hosts");
  expect(await told(["192.0.2.1"], `# 192.0.2.1 ${HUB}`)).toBeUndefined();
  expect(await told(["192.0.2.1"], `192.0.2.1 x.${HUB}`)).toBeUndefined();
});

it("so is a name that was blocked", async () => {
  expect(await told(["0.0.0.0", "::"])).toBe("nowhere");
  expect(await told(["127.0.0.1"])).toBe("nowhere");
  expect(await told(["127.0.0.1", "192.0.2.1"])).toBeUndefined();
});

it("a hub on this machine, by its own name, is none", async () => {
  expect(await told(["127.0.0.1", "::1"], "", "localhost")).toBeUndefined();
});

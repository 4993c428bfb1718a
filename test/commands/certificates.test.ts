import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { COMPILE_CACHE } from "../support/compile-cache.ts";

const cleanUp = cleanUpAfterEach();
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

test("a hub of an authority that nobody named is not believed, whatever Node's own switch says", async () => {
  const hub = await startLocalHub();
  cleanUp.add(() => hub.stop());
  const { PATH = "" } = process.env;
  const env = {
    ...{ PATH, ...COMPILE_CACHE, NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    IOTHUB_CONNECTION_STRING: hub.serviceConnectionString,
  };
  const [code, errors] = await new Promise<[unknown, string]>((resolve) => {
    execFile(process.execPath, [MAIN, "call", "pi-1", "greet"], { env }, (error, _, said) =>
      resolve([error?.code, said]),
    );
  });
  expect(errors).toContain("NODE_TLS_REJECT_UNAUTHORIZED is not heeded");
  expect(errors).toMatch(/certificate/i);
  expect(code).toBe(6);
});

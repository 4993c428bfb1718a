import fc from "fast-check";
import { expect, test } from "vitest";
import { callRest, ownerToken } from "../support/rest.ts";
import { nearlyHttp, request } from "./http-bytes.ts";
import { AT_ONCE, attempts, startBesiegedHub, TEST_LIMIT_MS } from "./unharmed.ts";
import { converse, cut, openTls, places } from "./wire.ts";

test(
  "whatever the body, every operation answers with a result or an error of the service",
  async () => {
    const { hub, expectUnharmed } = await startBesiegedHub();
    await hub.modules.create({ deviceId: "dev2", moduleId: "mod1" });
    const headers = fc.constantFrom<Record<string, string>>(
      {},
      { "if-match": "*" },
      { "if-match": '"AAAA"' },
      { "content-encoding": "gzip" },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(request, headers), AT_ONCE), async (requests) => {
        await Promise.all(
          requests.map(async ([{ method, path, body }, headers]) => {
            const sent = { ...headers, "content-length": String(body.length) };
            const {
              status,
              text,
              headers: answered,
            } = await callRest({ hub, method, path, body, headers: sent });
            expect(status, text).toBeLessThan(500);
            if (status < 400) return;
            expect(answered["iothub-errorcode"]).toMatch(/^[A-Z]\w+$/);
            expect(JSON.parse(text)).toEqual({
              Message: expect.any(String),
              ExceptionMessage: expect.any(String),
            });
          }),
        );
      }),
      attempts(8),
    );
    await expectUnharmed();
  },
  TEST_LIMIT_MS,
);

test(
  "nearly right requests are answered in HTTP, or closed",
  async () => {
    const { hub, expectUnharmed } = await startBesiegedHub();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(nearlyHttp(ownerToken(hub)), places), AT_ONCE), async (clients) => {
        await Promise.all(
          clients.map(async ([bytes, places]) => {
            const answer = await converse(await openTls(hub.httpsPort, hub), cut(bytes, places));
            if (answer.length > 0) expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 [1-4]\d\d /);
          }),
        );
      }),
      attempts(8),
    );
    await expectUnharmed();
  },
  TEST_LIMIT_MS,
);

import { expect, test } from "vitest";
import { readJobResult } from "../../src/service/job-results.ts";

const answered = (status: unknown, payload?: unknown) => ({ deviceMethodResponse: { status, payload } });

test.each([
  [
    { status: "completed", outcome: answered(200, [1]) },
    { outcome: "answered", status: 200, payload: [1] },
  ],
  [
    { status: "failed", outcome: answered(500) },
    { outcome: "answered", status: 500, payload: null },
  ],
  [{ status: "completed", outcome: { deviceMethodResponse: null } }, { outcome: "answered" }],
  [
    { status: "failed", error: { code: "DeviceNotOnline", description: "away" } },
    { outcome: "failed", error: { code: "DeviceNotOnline", description: "away" } },
  ],
  [
    { status: "Failed", error: { code: 404103, description: '{"errorCode":404103,"message":"away"}' } },
    { outcome: "failed", error: { code: "404103", description: "away" } },
  ],
  [
    { status: "failed", error: { code: "X", description: "{no document" } },
    { outcome: "failed", error: { code: "X", description: "{no document" } },
  ],
  [
    { status: "failed", outcome: null },
    { outcome: "failed", error: { code: "Unknown", description: "the hub does not say why" } },
  ],
  [{ status: "canceled" }, { outcome: "cancelled" }],
  [{ status: "running" }, { outcome: "open" }],
  [{}, { outcome: "open" }],
])("%j", (row, result) => {
  expect(readJobResult({ deviceId: "pi", ...row })).toEqual({ deviceId: "pi", ...result });
});

test("a module is one, and an empty id of one is none", () => {
  expect(readJobResult({ deviceId: "pi", moduleId: "mod1" })).toMatchObject({ moduleId: "mod1" });
  expect(readJobResult({ deviceId: "pi", moduleId: "" })).not.toHaveProperty("moduleId");
  expect(readJobResult({ jobId: "j" })).toBeUndefined();
});

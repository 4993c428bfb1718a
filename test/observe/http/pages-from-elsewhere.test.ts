import { describe, expect, it } from "vitest";
import { isFromElsewhere } from "../../../src/observe/http/browser-check.ts";
import { ask, startFace } from "../../support/agent/http-face.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const asked = (headers: Record<string, string>, method = "GET") =>
  isFromElsewhere({ method, header: (name) => headers[name] });

describe("a request comes from elsewhere if", () => {
  it.each<[string, Record<string, string>, string?]>([
    ["another site's script asks", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }],
    ["another port's script asks", { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }],
    ["another site's form is sent", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, "POST"],
    ["it names another origin", { origin: "http://evil.example", host: "pi:9464" }],
    ["it names another port", { origin: "http://pi:3000", host: "pi:9464" }],
    ["it comes from a page without an origin", { origin: "null", host: "pi:9464" }],
    ["its origin is none", { origin: "pi:9464", host: "pi:9464" }],
  ])("%s", (_, headers, method) => {
    expect(asked(headers, method)).toBe(true);
  });
});

describe("a request does not come from elsewhere if", () => {
  it.each<[string, Record<string, string>, string?]>([
    ["no browser asks", {}],
    ["the status page's script asks", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }],
    ["somebody types the address", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }],
    ["somebody follows a link", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
    ["it names the page's own origin", { origin: "http://pi:9464", host: "pi:9464" }, "POST"],
    ["… on the usual port", { origin: "http://pi", host: "pi:80" }, "POST"],
    ["… behind a proxy with HTTPS", { origin: "https://pi.example.com", host: "pi.example.com" }, "POST"],
  ])("%s", (_, headers, method) => {
    expect(asked(headers, method)).toBe(false);
  });
});

it("it is refused, and no answer lets another page read it", async () => {
  const { url } = await startFace(cleanUp);
  const origin = "http://evil.example";
  for (const path of ["/metrics", "/livez", "/"]) {
    const { status, headers, text } = await ask(`${url}${path}`, { headers: { origin } });
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "CROSS_SITE" } });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
  const preflight = { origin, "access-control-request-method": "PUT", "sec-fetch-site": "cross-site" };
  expect((await ask(`${url}/livez`, { method: "OPTIONS", headers: preflight })).status).toBe(403);
});

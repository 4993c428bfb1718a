import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/observe/log/redaction.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { QUIET, servePage } from "../../support/status-page/status-page.ts";

const cleanUp = cleanUpAfterEach();

describe("the routes of the status page", () => {
  it("/ is the page, which a browser that has it is not sent again", async () => {
    const { url } = await servePage(cleanUp);
    const first = await fetch(url);
    expect(first.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await first.text()).toMatch(/^<!doctype html>/i);
    const again = await fetch(url, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  it.each(["no-such.css", "index.html", "..%2Fstatus-page.ts", "%2e%2e%2fstatus-page.ts", "..%5Cassets.ts"])(
    "/page/%s is 404",
    async (name) => {
      const { url } = await servePage(cleanUp);
      expect((await fetch(`${url}/page/${name}`)).status).toBe(404);
    },
  );

  it("/api/status is the snapshot, and never kept by what stands between", async () => {
    const { url } = await servePage(cleanUp);
    const response = await fetch(`${url}/api/status`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      ...QUIET,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      control: { possible: false },
    });
  });

  it("no secret leaves, even one that looks like a number: what does leave is JSON all the same", async () => {
    const { redact } = createRedactor(["12345678", "correct horse battery"]);
    const { url, told } = await servePage(cleanUp, { redact });
    told.outbox = { ...QUIET.outbox, bytes: 12_345_678, problem: "it said 12345678" };
    told.link = {
      ...QUIET.link,
      lastFailure: {
        at: "2026-01-01T00:00:00.000Z",
        class: "network",
        message: 'quoted "correct horse battery"; SharedAccessKey=abcdefgh',
      },
    };
    const text = await (await fetch(`${url}/api/status`)).text();
    const { outbox, link } = JSON.parse(text);
    expect(outbox).toMatchObject({ bytes: 12_345_678, problem: "it said [secret]" });
    expect(link.lastFailure.message).toBe('quoted "[secret]"; SharedAccessKey=[secret]');
  });
});

import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { createLogLevel } from "../../../src/observe/log/log-level.ts";
import type { Control } from "../../../src/observe/status-page/control.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { servePage } from "../../support/status-page/status-page.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();
const TOKEN = "the-token-of-this-test";
const JSON_TYPE = { "content-type": "application/json" };
const OWN_HEADER = { "x-hubhand-control-token": TOKEN };

async function page(given: Partial<Control> = {}) {
  const log = await createLogBook({ secrets: [TOKEN] });
  const clock = createFakeClock();
  const calls: { method: string; payload: string }[] = [];
  const control: Control = {
    token: TOKEN,
    async call(method, payload) {
      calls.push({ method, payload: Buffer.from(payload).toString() });
      return { status: 200, body: '{"done":true}' };
    },
    restartPlugin: async (name) => ({ name, kind: "module", up: true }),
    logLevel: createLogLevel({ logger: log.logger, clock }),
    ...given,
  };
  const { logger, redactor } = log;
  const served = await servePage(cleanUp, { control, clock, logger, redact: redactor.redact });

  async function ask(path: string, { method = "POST", headers = {}, body = "" } = {}) {
    const response = await fetch(`${served.url}${path}`, {
      method,
      headers,
      ...(body === "" ? {} : { body }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what is expected of it says what it is
    const answer = (await response.json()) as any;
    return { status: response.status, headers: response.headers, body: answer };
  }

  /** The same, when the answer is held back for as long as that takes. */
  async function askInVain(headers: Record<string, string>) {
    const before = clock.pending;
    let isAnswered = false;
    const answer = ask("/api/methods/relay.set", { headers }).finally(() => {
      isAnswered = true;
    });
    await waitUntil("it is held back", () => clock.pending > before);
    clock.advance(999);
    expect(isAnswered).toBe(false);
    clock.advance(1);
    return answer;
  }
  return { ...served, ask, askInVain, calls, clock, log };
}

describe("without observe.controlToken", () => {
  it.each([
    ["POST", "/api/methods/relay.set"],
    ["POST", "/api/plugins/relay/restart"],
    ["PUT", "/api/log-level"],
  ])("%s %s answers 404 CONTROL_OFF, whatever comes along", async (method, path) => {
    const { url } = await servePage(cleanUp);
    const response = await fetch(`${url}${path}`, { method, headers: OWN_HEADER });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "CONTROL_OFF" } });
  });
});

describe("the token", () => {
  it.each([
    ["X-Hubhand-Control-Token", OWN_HEADER],
    ["Authorization: Bearer", { authorization: `Bearer ${TOKEN}` }],
  ])("is taken from %s", async (_, headers) => {
    const { ask, calls } = await page();
    expect((await ask("/api/methods/relay.set", { headers })).status).toBe(200);
    expect(calls).toHaveLength(1);
  });

  it.each([
    ["wrong", { "x-hubhand-control-token": `${TOKEN}x` }],
    ["wrong beside a right one", { ...OWN_HEADER, "x-hubhand-control-token": "x", authorization: TOKEN }],
  ])("that is %s is answered 401 after a second, and nothing is done", async (_, headers) => {
    const { askInVain, calls } = await page();
    const { status, body, headers: answered } = await askInVain(headers);
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: { code: "CONTROL_REFUSED" } });
    expect(answered.get("www-authenticate")).toMatch(/^Bearer /);
    expect(calls).toEqual([]);
  });

  it.each([
    ["missing", {}],
    ["in the wrong scheme", { authorization: `Basic ${TOKEN}` }],
  ])("that is %s is answered 401, as nobody guesses so", async (_, headers) => {
    const { ask, calls, log } = await page();
    const { status, body } = await ask("/api/methods/relay.set", { headers });
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: { code: "CONTROL_REFUSED" } });
    expect(calls).toEqual([]);
    expect(log.lines()).toEqual([]);
  });

  it("that is wrong is logged at once, further ones once a minute, together, and never itself", async () => {
    const { askInVain, clock, log } = await page();
    const warnings = () => log.lines().filter(({ level }) => level === "warn");
    for (let round = 0; round < 4; round += 1)
      await askInVain({ "x-hubhand-control-token": "guess-number-one" });
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toMatchObject({ attempts: 1, addresses: ["127.0.0.1"] });
    clock.advance(60_000);
    expect(warnings()).toHaveLength(2);
    expect(warnings()[1]).toMatchObject({ attempts: 3, addresses: ["127.0.0.1"] });
    expect(log.text()).not.toContain("guess-number-one");
  });

  it("does not hold up the agent's stop", async () => {
    const { ask, clock, stop } = await page();
    const before = clock.pending;
    const headers = { "x-hubhand-control-token": "x" };
    const answer = ask("/api/methods/relay.set", { headers }).catch(() => "cut off");
    await waitUntil("it is held back", () => clock.pending > before);
    await stop();
    await answer;
  });
});

describe("another web page", () => {
  it.each(["http://evil.example", "null", "https://127.0.0.1.evil.example"])(
    "of origin %s is refused, even with the token",
    async (origin) => {
      const { ask, calls } = await page();
      const { status, body } = await ask("/api/methods/relay.set", { headers: { ...OWN_HEADER, origin } });
      expect(status).toBe(403);
      expect(body).toMatchObject({ error: { code: "CROSS_SITE" } });
      expect(calls).toEqual([]);
    },
  );

  it("is told from the agent's own by host and port", async () => {
    const { ask, url } = await page();
    const headers = { ...OWN_HEADER, origin: url };
    expect((await ask("/api/methods/relay.set", { headers })).status).toBe(200);
    const { port } = new URL(url);
    const other = { ...OWN_HEADER, origin: `http://127.0.0.1:${Number(port) - 1}` };
    expect((await ask("/api/methods/relay.set", { headers: other })).status).toBe(403);
  });

  it.each(["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])(
    "cannot post a form of type %s",
    async (type) => {
      const { ask, calls } = await page();
      const headers = { ...OWN_HEADER, "content-type": type };
      const { status, body } = await ask("/api/methods/relay.set", { headers, body: "{}" });
      expect(status).toBe(415);
      expect(body).toMatchObject({ error: { code: "CONTENT_TYPE_WRONG" } });
      expect(calls).toEqual([]);
    },
  );
});

describe("a method", () => {
  it("gets the payload as it came, and answers 200 whatever its own status", async () => {
    const { ask, calls, log } = await page({
      async call() {
        return { status: 500, body: '{"error":{"code":"METHOD_FAILED","message":"no"}}' };
      },
    });
    const headers = { ...OWN_HEADER, ...JSON_TYPE };
    const { status, body } = await ask("/api/methods/relay.set", { headers, body: '{"on":true}' });
    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 500, payload: { error: { code: "METHOD_FAILED", message: "no" } }, ms: 0 },
    });
    expect(calls).toEqual([]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ level: "info", method: "relay.set", remote: "127.0.0.1" }),
    );
    expect(log.text()).not.toContain(TOKEN);
  });

  it("is named by its part of the path, decoded; no body is no payload", async () => {
    const { ask, calls } = await page();
    await ask("/api/methods/relay%2A%C3%BC%2Fset", { headers: OWN_HEADER });
    expect(calls).toEqual([{ method: "relay*ü/set", payload: "" }]);
  });

  it("is given no more than 128 KiB", async () => {
    const { ask, calls } = await page();
    const headers = { ...OWN_HEADER, ...JSON_TYPE };
    const fits = JSON.stringify("x".repeat(128 * 1024 - 2));
    expect((await ask("/api/methods/relay.set", { headers, body: fits })).status).toBe(200);
    const over = await ask("/api/methods/relay.set", { headers, body: `${fits} ` });
    expect(over).toMatchObject({ status: 413, body: { error: { code: "REQUEST_TOO_LARGE" } } });
    expect(calls).toHaveLength(1);
  });

  it("may tell a secret, which does not leave: the answer is JSON all the same", async () => {
    const { ask } = await page({
      call: async () => ({ status: 200, body: `{"told":"${TOKEN}","sig":"sig=abcdef","n":12}` }),
    });
    const { body } = await ask("/api/methods/relay.set", { headers: OWN_HEADER });
    expect(body.payload).toEqual({ told: "[secret]", sig: "sig=[secret]", n: 12 });
  });
});

describe("the other actions", () => {
  it("a plugin that there is not is 404 PLUGIN_UNKNOWN", async () => {
    const { ask } = await page({
      restartPlugin: async () => {
        throw new HubhandError("PLUGIN_UNKNOWN", "no such plugin", { details: { plugins: ["relay"] } });
      },
    });
    const { status, body } = await ask("/api/plugins/relais/restart", { headers: OWN_HEADER });
    expect(status).toBe(404);
    expect(body).toEqual({
      error: { code: "PLUGIN_UNKNOWN", message: "no such plugin", details: { plugins: ["relay"] } },
    });
  });

  it("what fails in a way that was not foreseen is 500 INTERNAL; the log says why, the answer does not", async () => {
    const { ask, log } = await page({
      restartPlugin: async () => {
        throw new Error("a wire is loose");
      },
    });
    const { status, body } = await ask("/api/plugins/relay/restart", { headers: OWN_HEADER });
    expect(status).toBe(500);
    expect(body).toEqual({ error: { code: "INTERNAL", message: expect.not.stringContaining("wire") } });
    expect(log.text()).toContain("a wire is loose");
  });

  it.each([
    ["no JSON", "{", ""],
    ["no object", "[]", ""],
    ["no level", "{}", "/level"],
    ["a level that there is not", '{"level":"loud"}', "/level"],
    ["a length that is none", '{"level":"debug","for":"soon"}', "/for"],
    ["a length of the wrong type", '{"level":"debug","for":60}', "/for"],
    ["too long", '{"level":"debug","for":"25h"}', "/for"],
  ])("a change of the log's level with %s is 400 PAYLOAD_INVALID", async (_, body, path) => {
    const { ask } = await page();
    const headers = { ...OWN_HEADER, ...JSON_TYPE };
    const answer = await ask("/api/log-level", { method: "PUT", headers, body });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "PAYLOAD_INVALID" } } });
    expect(answer.body.error.details.path).toBe(path);
  });

  it("the log's level is changed for ten minutes unless told", async () => {
    const { ask, clock, log } = await page();
    const headers = { ...OWN_HEADER, ...JSON_TYPE };
    const { body } = await ask("/api/log-level", { method: "PUT", headers, body: '{"level":"error"}' });
    expect(body).toEqual({ level: "error", configured: "trace", until: "2026-01-01T00:10:01.000Z" });
    clock.advance(10 * 60_000);
    expect(log.logger.level).toBe("trace");
  });
});

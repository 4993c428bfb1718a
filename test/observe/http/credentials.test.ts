import { describe, expect, it } from "vitest";
import { createHealth } from "../../../src/observe/health.ts";
import type { HttpFaceOptions } from "../../../src/observe/http/face.ts";
import { ask, hurriedClock, startFace } from "../../support/agent/http-face.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const PASSWORD = "schöner: wohnen";
const TOKEN = "0123456789abcdef";
const CONTROL = "fedcba9876543210";

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

async function guarded(options: Partial<HttpFaceOptions>) {
  const health = createHealth();
  health.register("link", () => ({ ready: false, state: "waiting", hub: "hub.example" }));
  const face = await startFace(cleanUp, { clock: hurriedClock, health, ...options });
  const get = (path: string, headers: Record<string, string> = {}) => ask(`${face.url}${path}`, { headers });
  return { ...face, get };
}

describe("with a password", () => {
  it("who has it may look", async () => {
    const { get } = await guarded({ password: PASSWORD });
    expect((await get("/metrics", basic(`hubhand:${PASSWORD}`))).status).toBe(200);
    expect(
      (
        await get("/", {
          authorization: basic(`hubhand:${PASSWORD}`).authorization.replace("Basic", "bASIC "),
        })
      ).status,
    ).toBe(200);
  });

  it("an ö of two characters is the same as one of one", async () => {
    const { get } = await guarded({ username: "jörg", password: PASSWORD.normalize("NFC") });
    expect((await get("/metrics", basic(`jörg:${PASSWORD}`.normalize("NFD")))).status).toBe(200);
  });

  it("a browser asks for it", async () => {
    const { get } = await guarded({ password: PASSWORD, token: TOKEN });
    const { status, headers, text } = await get("/metrics");
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe('Basic realm="hubhand", charset="UTF-8"');
    expect(JSON.parse(text)).toMatchObject({ error: { code: "CREDENTIALS_WANTED" } });
  });

  it.each([
    ["another password", basic("hubhand:wrong")],
    ["another name", basic(`admin:${PASSWORD}`)],
    ["no name", basic(`:${PASSWORD}`)],
    ["no colon", basic("hubhand")],
    ["nothing behind Basic", { authorization: "Basic" }],
    ["what is no base64", { authorization: "Basic %%%" }],
    ["the password as a token", bearer("hubhand")],
    ["a token, where none is set", bearer(TOKEN)],
    ["a token for doing things, where none is set", { "x-hubhand-control-token": CONTROL }],
    ["an unknown scheme", { authorization: `Digest ${TOKEN}` }],
    ["an empty header", { authorization: "" }],
  ])("but not who has %s", async (_, headers) => {
    const { get } = await guarded({ password: PASSWORD });
    expect((await get("/metrics", headers)).status).toBe(401);
  });

  it("every path wants it, even one that is not there", async () => {
    const { get } = await guarded({ password: PASSWORD });
    for (const path of [
      "/",
      "/metrics",
      "/api/status",
      "/nowhere",
      "/livez/",
      "//livez",
      "/livez/../metrics",
    ])
      expect([path, (await get(path)).status]).toEqual([path, 401]);
  });
});

describe("with a token", () => {
  it("who has it may look, and is not asked for a password", async () => {
    const { get } = await guarded({ token: TOKEN });
    expect((await get("/metrics", bearer(TOKEN))).status).toBe(200);
    const { status, headers } = await get("/metrics");
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe('Bearer realm="hubhand"');
  });

  it.each([TOKEN.slice(1), `${TOKEN}0`, TOKEN.toUpperCase(), "", "null", "undefined"])(
    "but not who has %j",
    async (token) => {
      const { get } = await guarded({ token: TOKEN });
      expect((await get("/metrics", bearer(token))).status).toBe(401);
    },
  );

  it("the token for doing things is good for looking, in either header", async () => {
    const { get } = await guarded({ token: TOKEN, controlToken: CONTROL });
    expect((await get("/metrics", bearer(CONTROL))).status).toBe(200);
    expect((await get("/metrics", { "x-hubhand-control-token": CONTROL })).status).toBe(200);
    expect((await get("/metrics", { "x-hubhand-control-token": TOKEN })).status).toBe(401);
  });
});

it("the token for doing things alone locks nobody out who looks", async () => {
  const { get } = await guarded({ controlToken: CONTROL });
  expect((await get("/metrics")).status).toBe(200);
});

describe("health is for everybody", () => {
  it("/livez says that it is alive", async () => {
    const { get } = await guarded({ password: PASSWORD });
    const { status, text } = await get("/livez", basic("hubhand:whatever"));
    expect([status, text]).toEqual([200, '{"alive":true}']);
  });

  it("/readyz says yes or no, part by part, and why only to those who may look", async () => {
    const { get } = await guarded({ password: PASSWORD });
    const outside = await get("/readyz");
    expect(outside.status).toBe(503);
    expect(JSON.parse(outside.text)).toEqual({ ready: false, parts: { link: { ready: false } } });
    const inside = await get("/readyz", basic(`hubhand:${PASSWORD}`));
    expect(inside.status).toBe(503);
    expect(JSON.parse(inside.text)).toMatchObject({
      parts: { link: { state: "waiting", hub: "hub.example" } },
    });
    expect((await get("/readyz", basic("hubhand:wrong"))).status).toBe(401);
  });
});

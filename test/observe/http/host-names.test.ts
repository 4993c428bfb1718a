import { hostname } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHostCheck } from "../../../src/observe/http/host-names.ts";
import { ask, startFace } from "../../support/agent/http-face.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const isOwn = createHostCheck({
  allowed: ["pi-12.example.com", "*.plant.example.org", "Gerät.example.net."],
  own: ["pi-12.home.arpa", "0.0.0.0"],
});

describe("the agent may be asked by", () => {
  it.each([
    "127.0.0.1",
    "192.168.1.20:9464",
    "[::1]",
    "[fe80::1]:9464",
    "localhost",
    "LocalHost:9464",
    "localhost.",
    "agent.localhost",
    "pi-12",
    "my_agent:9464",
    "pi-12.local",
    "pi-12.home.arpa",
    "pi-12.example.com",
    "PI-12.Example.COM.:443",
    "a.plant.example.org",
    "b.a.plant.example.org",
    "xn--gert-noa.example.net",
  ])("%s", (host) => {
    expect(isOwn(host)).toBe(true);
  });
});

describe("the agent may not be asked by", () => {
  it.each([
    "",
    " ",
    "evil.example",
    "evil.example:9464",
    "pi-12.example.com.evil.example",
    "evilpi-12.example.com",
    "plant.example.org",
    "evilplant.example.org",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "pi-12:secret@evil.example",
    "localhost.evil.example",
    "evil.example#localhost",
    "evil.example/localhost",
    "1.2.3",
    "[::1].evil.example",
    "[evil.example]",
    "[cafe.de]",
    "::1",
    "localhost:port",
    "localhost, evil.example",
    "*",
    "*.plant.example.org",
  ])("%s", (host) => {
    expect(isOwn(host)).toBe(false);
  });

  it("any name with a dot that nobody allowed", () => {
    fc.assert(fc.property(fc.domain(), (name) => name.endsWith(".localhost") || !isOwn(name)));
  });
});

it("any name will do with *", () => {
  const any = createHostCheck({ allowed: ["*"], own: [] });
  expect(any("evil.example:80")).toBe(true);
  expect(any("no name")).toBe(false);
});

it("who asks by another name is told which setting allows it, and nothing of the agent", async () => {
  const { url } = await startFace(cleanUp);
  for (const path of ["/metrics", "/livez", "/readyz", "/", "/nowhere"]) {
    const { status, text } = await ask(`${url}${path}`, { headers: { host: "evil.example" } });
    expect(status).toBe(403);
    expect(JSON.parse(text)).toEqual({
      error: { code: "HOST_REFUSED", message: expect.stringContaining("observe.allowedHosts") },
    });
  }
});

it("this machine's name, and the one that it listens on, are its own", async () => {
  const { url } = await startFace(cleanUp, { allowedHosts: ["pi.example.com"] });
  for (const host of [hostname(), `${hostname().split(".")[0]}.local`, "pi.example.com"])
    expect((await ask(`${url}/livez`, { headers: { host } })).status).toBe(200);
});

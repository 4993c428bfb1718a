import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { createHealth, type Health } from "../../../src/observe/health.ts";
import type { HttpFaceOptions } from "../../../src/observe/http/face.ts";
import { startFace } from "../../support/agent/http-face.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { lastingPort } from "../../support/lasting-port.ts";

const cleanUp = cleanUpAfterEach();

const face = (options: Partial<HttpFaceOptions> = {}) => startFace(cleanUp, options);

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

describe("/metrics", () => {
  it("serves Prometheus' text", async () => {
    const { url } = await face();
    const { status, type, text } = await get(`${url}/metrics`);
    expect(status).toBe(200);
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain("\nhubhand_methods_in_flight 0\n");
  });
});

describe("/livez", () => {
  it("answers 200 as long as the event loop turns, however ill the parts are", async () => {
    const health = createHealth();
    health.register("link", () => ({ ready: false }));
    const { url } = await face({ health });
    const { status, text } = await get(`${url}/livez`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ alive: true, version: "1.2.3", uptimeSeconds: expect.any(Number) });
  });
});

describe("/readyz", () => {
  async function readyz(build: (health: Health) => void) {
    const health = createHealth();
    build(health);
    const { url } = await face({ health });
    const { status, text } = await get(`${url}/readyz`);
    return { status, body: JSON.parse(text) as unknown };
  }

  it("is 200 when every part is ready", async () => {
    expect(
      await readyz((health) => health.register("link", () => ({ ready: true, state: "online" }))),
    ).toEqual({
      status: 200,
      body: { ready: true, parts: { link: { ready: true, state: "online" } } },
    });
  });

  it("is 503 when one is not, and says why, part by part", async () => {
    const answer = await readyz((health) => {
      health.register("link", () => ({ ready: false, state: "waiting", lastFailure: { class: "network" } }));
      health.register("plugins", () => ({ ready: true, plugins: [] }));
    });
    expect(answer).toEqual({
      status: 503,
      body: {
        ready: false,
        parts: {
          link: { ready: false, state: "waiting", lastFailure: { class: "network" } },
          plugins: { ready: true, plugins: [] },
        },
      },
    });
  });

  it("asks anew each time", async () => {
    let ready = false;
    const health = createHealth();
    health.register("link", () => ({ ready }));
    const { url } = await face({ health });
    expect((await get(`${url}/readyz`)).status).toBe(503);
    ready = true;
    expect((await get(`${url}/readyz`)).status).toBe(200);
  });

  it("counts a part that cannot even tell as not ready", async () => {
    const answer = await readyz((health) => {
      health.register("plugins", () => {
        throw new Error("lost count");
      });
      health.register("link", () => ({ ready: true }));
    });
    expect(answer).toEqual({
      status: 503,
      body: {
        ready: false,
        parts: { plugins: { ready: false, problem: "lost count" }, link: { ready: true } },
      },
    });
  });
});

describe("other paths", () => {
  it("/ says what there is", async () => {
    const { url } = await face();
    expect((await get(url)).text).toBe("hubhand 1.2.3\n/metrics\n/livez\n/readyz\n");
  });

  it("what there is not is 404", async () => {
    const { url } = await face();
    expect((await get(`${url}/metricz`)).status).toBe(404);
  });
});

describe("listening", () => {
  it("port 0 takes a free one, and the address tells which", async () => {
    const [one, other] = [await face(), await face()];
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(one.url).not.toBe(other.url);
  });

  it("an IPv6 address stands in brackets", async ({ skip }) => {
    const started = await face({ host: "::1" }).catch((error: unknown) => {
      skip(`no IPv6 here: ${String(error)}`);
    });
    expect(started?.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await get(`${started?.url}/livez`)).status).toBe(200);
  });

  it("a port in use is PORT_IN_USE, exit code 75, naming the key to change", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUp.add(() => server.close());
    const { port } = server.address() as { port: number };
    const error = await face({ port }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HubhandError);
    expect(error).toMatchObject({ code: "PORT_IN_USE", exitCode: 75 });
    expect((error as HubhandError).message).toMatch(
      new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: another process does\\. .*observe\\.port`),
    );
  });

  it.each(["203.0.113.1", "no-such-host.invalid"])(
    "an address that is not this machine's (%s) is CONFIG_INVALID, exit code 78",
    async (host) => {
      const error = await face({ host }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "CONFIG_INVALID",
        exitCode: 78,
        message: expect.stringContaining("is observe.host an address of this machine?"),
      });
    },
  );

  it("stopping frees the port, even while a client holds its connection", async () => {
    const port = await lastingPort();
    const first = await face({ port });
    await get(`${first.url}/livez`); // fetch keeps it open
    await first.stop();
    const second = await face({ port });
    expect((await get(`${second.url}/livez`)).status).toBe(200);
  });
});

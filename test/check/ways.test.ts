import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { startProxy } from "../support/hub/proxy.ts";
import { checkWith, hurried, startHub } from "./support.ts";

const cleanUp = cleanUpAfterEach();

describe("the ways to the hub", () => {
  it("both are open: TLS is agreed on, and nobody has logged in", async () => {
    const { hub, env } = await startHub(cleanUp);
    const { results, of } = await checkWith({ env });
    expect(of("mqtt")).toMatchObject({ result: "ok", detail: expect.stringContaining("TLSv1.3") });
    expect(of("websockets")).toMatchObject({ result: "ok" });
    expect(of("dns")).toMatchObject({ result: "ok" });
    expect(of("clock")).toMatchObject({ result: "ok" });
    expect(results.filter(({ result }) => result === "fatal")).toEqual([]);
    expect(hub.isConnected("pi-1")).toBe(false);
  });

  it("a way that is not chosen is left alone", async () => {
    const { env } = await startHub(cleanUp);
    const { of } = await checkWith({ env: { ...env, HUBHAND_LINK_TRANSPORT: "mqtt" } });
    expect(of("mqtt")?.result).toBe("ok");
    expect(of("websockets")).toMatchObject({ result: "skipped", detail: "link.transport is mqtt" });
  });

  it("one is closed, and the other stands in for it: a warning", async () => {
    const { env } = await startHub(cleanUp);
    const { of } = await checkWith({ env: { ...env, HUBHAND_LINK_WEB_SOCKET_PORT: "1" } });
    expect(of("websockets")).toMatchObject({
      result: "warning",
      detail: expect.stringContaining("localhost:1"),
    });
    expect(of("mqtt")?.result).toBe("ok");
  });

  it("the only one is closed: fatal, with what to do", async () => {
    const { env } = await startHub(cleanUp);
    const { of } = await checkWith({
      env: { ...env, HUBHAND_LINK_WEB_SOCKET_PORT: "1", HUBHAND_LINK_TRANSPORT: "websockets" },
    });
    expect(of("websockets")).toMatchObject({
      result: "fatal",
      detail: expect.stringContaining("nothing listens there"),
      remedy: expect.stringContaining("this machine itself"),
    });
    expect(of("clock")?.result).toBe("skipped");
  });

  it("who asks for one check is told what keeps it from looking", async () => {
    const { env } = await startHub(cleanUp);
    const { results } = await checkWith({
      env: { ...env, HUBHAND_LINK_WEB_SOCKET_PORT: "1", HUBHAND_LINK_TRANSPORT: "websockets" },
      only: ["login"],
    });
    expect(results).toMatchObject([
      { id: "websockets", result: "fatal" },
      { id: "login", because: "websockets" },
    ]);
  });

  it("a certificate that is not trusted is told as that", async () => {
    const { HUBHAND_HUB_CA_FILE: _, ...env } = (await startHub(cleanUp)).env;
    const { of } = await checkWith({ env });
    for (const way of ["mqtt", "websockets"]) expect(of(way)?.result).toBe("ok");
    expect(of("tls")).toMatchObject({ result: "fatal", remedy: expect.stringContaining("hub.caFile") });
  });

  it("a port where nobody answers is given up in time", async () => {
    const { env } = await startHub(cleanUp);
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    cleanUp.add(() => silent.close());
    await once(silent, "listening");
    const port = (silent.address() as { port: number }).port;
    const began = performance.now();
    const { of } = await checkWith({
      env: {
        ...env,
        HUBHAND_CONNECTION_STRING: (env.HUBHAND_CONNECTION_STRING ?? "").replace(
          /localhost:\d+/,
          `127.0.0.1:${port}`,
        ),
        HUBHAND_LINK_TRANSPORT: "mqtt",
      },
      clock: hurried,
    });
    expect(of("mqtt")).toMatchObject({
      result: "fatal",
      detail: expect.stringContaining(`127.0.0.1:${port}`),
    });
    // So long it would be by the clock on the wall.
    expect(performance.now() - began).toBeLessThan(6_000);
  });

  it("through a proxy", async () => {
    const { env } = await startHub(cleanUp);
    const proxy = await startProxy({ credentials: { user: "u", password: "correct-horse" } });
    cleanUp.add(() => proxy.stop());
    const { results, of } = await checkWith({
      env: { ...env, HUBHAND_LINK_PROXY: proxy.url, HUBHAND_LINK_TRANSPORT: "websockets" },
    });
    expect(of("proxy")).toMatchObject({ result: "ok" });
    expect(of("websockets")).toMatchObject({ result: "ok" });
    expect(proxy.tunnels.length).toBeGreaterThan(0);
    expect(JSON.stringify(results)).not.toContain("correct-horse");
  });

  it("a proxy that does not let us through", async () => {
    const { env } = await startHub(cleanUp);
    const proxy = await startProxy({ credentials: { user: "u", password: "correct-horse" } });
    cleanUp.add(() => proxy.stop());
    const { results, of } = await checkWith({
      env: {
        ...env,
        HUBHAND_LINK_PROXY: proxy.url.replace("correct-horse", "wrong-horse"),
        HUBHAND_LINK_TRANSPORT: "websockets",
      },
    });
    expect(of("proxy")).toMatchObject({ result: "fatal", remedy: expect.stringContaining("password") });
    expect(of("websockets")).toMatchObject({ result: "skipped", because: "proxy" });
    expect(JSON.stringify(results)).not.toContain("horse");
  });

  it("a proxy that is not there, and one that is of no use", async () => {
    const { env } = await startHub(cleanUp);
    const lost = { ...env, HUBHAND_LINK_PROXY: "http://127.0.0.1:1", HUBHAND_LINK_TRANSPORT: "websockets" };
    expect((await checkWith({ env: lost })).of("proxy")).toMatchObject({ result: "fatal" });
    const unused = { ...lost, HUBHAND_LINK_TRANSPORT: "mqtt" };
    expect((await checkWith({ env: unused })).of("proxy")).toMatchObject({ result: "warning" });
  });
});

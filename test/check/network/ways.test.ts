import { beforeAll, describe, expect, it } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { startProxy } from "../../support/hub/proxy.ts";
import { checkWith, startHub } from "../support.ts";

/** How a check of them begins and ends; the faults themselves are in planted-network.test.ts and planted-certificates.test.ts. */
const cleanUp = cleanUpAfterAll();
let hub: LocalHub;
let env: Record<string, string>;

beforeAll(async () => {
  ({ hub, env } = await startHub(cleanUp));
});

describe("the ways to the hub", () => {
  it("both are open: TLS is agreed on, and nobody has logged in", async () => {
    const { results, of } = await checkWith({ env });
    expect(of("mqtt")).toMatchObject({ result: "ok", detail: expect.stringContaining("TLSv1.3") });
    expect(of("websockets")).toMatchObject({ result: "ok" });
    expect(of("dns")).toMatchObject({ result: "ok" });
    expect(of("clock")).toMatchObject({ result: "ok" });
    expect(results.filter(({ result }) => result === "fatal")).toEqual([]);
    expect(hub.isConnected("pi-1")).toBe(false);
  });

  it("a way that is not chosen is left alone", async () => {
    const { of } = await checkWith({ env: { ...env, HUBHAND_LINK_TRANSPORT: "mqtt" } });
    expect(of("mqtt")?.result).toBe("ok");
    expect(of("websockets")).toMatchObject({ result: "skipped", detail: "link.transport is mqtt" });
  });

  it("the only one is closed: fatal, with what to do", async () => {
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
    const { results } = await checkWith({
      env: { ...env, HUBHAND_LINK_WEB_SOCKET_PORT: "1", HUBHAND_LINK_TRANSPORT: "websockets" },
      only: ["login"],
    });
    expect(results).toMatchObject([
      { id: "websockets", result: "fatal" },
      { id: "login", because: "websockets" },
    ]);
  });

  it("through a proxy", async () => {
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

  it("a proxy that is of no use", async () => {
    const unused = { ...env, HUBHAND_LINK_PROXY: "http://127.0.0.1:1", HUBHAND_LINK_TRANSPORT: "mqtt" };
    expect((await checkWith({ env: unused })).of("proxy")).toMatchObject({ result: "warning" });
  });
});

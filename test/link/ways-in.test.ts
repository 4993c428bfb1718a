import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import type { LinkOptions } from "../../src/link/link.ts";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { startProxy, type TestProxyOptions } from "../support/hub/proxy.ts";
import { quickClock } from "../support/time/quick-clock.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { hubOn, linkTo } from "./support/link-on-hub.ts";

const cleanUp = cleanUpAfterEach();

interface Door {
  readonly port: number;
  /** Connections that came to it. */
  readonly knocks: number;
  /** Lets connections through to the hub from now on. */
  open(): void;
}

/** A port in front of the hub's own for MQTT, that takes connections and says nothing: so a firewall looks. */
async function silentDoor(hub: LocalHub): Promise<Door> {
  let isOpen = false;
  let knocks = 0;
  const server: Server = createServer((socket) => {
    knocks += 1;
    socket.on("error", () => {});
    if (!isOpen) return;
    const inner = connect(hub.mqttPort, "127.0.0.1");
    inner.on("error", () => {});
    socket.pipe(inner).pipe(socket);
    inner.on("close", () => socket.destroy());
    socket.on("close", () => inner.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.add(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    get knocks() {
      return knocks;
    },
    open() {
      isOpen = true;
    },
  };
}

const through = (hub: LocalHub, port: number): string =>
  hub.deviceConnectionString("pi-1").replace(`localhost:${hub.mqttPort}`, `localhost:${port}`);

async function answers(hub: LocalHub): Promise<void> {
  const answer = await callMethod(hub, "pi-1", { methodName: "any", connectTimeoutInSeconds: 5 });
  expect(answer).toEqual({ status: 200, payload: "ok" });
}

describe("WebSockets", () => {
  it("lead to the hub, and calls are answered", async () => {
    const hub = await hubOn(cleanUp);
    const { webSocketPort } = hub;
    const { link, reaches } = linkTo(cleanUp, hub, { transport: "websockets", webSocketPort });
    link.start();
    await reaches("online");
    expect(link.status().way).toBe("websockets");
    await answers(hub);
    await link.stop();
    await waitUntil("the hub sees it go", () => !hub.isConnected("pi-1"));
  });

  it("tell a loss like any other way, and come back", async () => {
    const hub = await hubOn(cleanUp);
    const { webSocketPort } = hub;
    const { link, reaches, sessions, failures } = linkTo(cleanUp, hub, {
      transport: "websockets",
      webSocketPort,
    });
    link.start();
    await reaches("online");
    hub.disconnect("pi-1");
    await sessions(2);
    expect(await failures("lost")).toBe(1);
    await answers(hub);
  });

  it("tell a hub that is not there, and an authority that is not known", async () => {
    const hub = await hubOn(cleanUp);
    const { link } = linkTo(cleanUp, hub, { transport: "websockets", webSocketPort: 1 });
    link.start();
    await waitUntil("it failed", () => link.status().lastFailure !== undefined);
    expect(link.status().lastFailure).toMatchObject({
      class: "network",
      reason: "ECONNREFUSED",
      message: expect.stringContaining("[localhost:1]"),
    });
    const other = await hubOn(cleanUp);
    const { webSocketPort } = other;
    const stranger = linkTo(cleanUp, hub, { transport: "websockets", webSocketPort }).link;
    stranger.start();
    await waitUntil("it failed", () => stranger.status().lastFailure !== undefined);
    expect(stranger.status().lastFailure).toMatchObject({ class: "tls" });
  });
});

describe("a blocked port for MQTT", () => {
  const auto = (hub: LocalHub, port: number, options: Partial<LinkOptions> = {}) =>
    linkTo(cleanUp, hub, {
      connectionString: through(hub, port),
      transport: "auto",
      webSocketPort: hub.webSocketPort,
      // Of the way that is blocked; a machine that is busy takes long for the other one.
      dialTimeout: 1_500,
      ...options,
    });

  it("is gone round by WebSockets, and no attempt has failed", async () => {
    const hub = await hubOn(cleanUp);
    const door = await silentDoor(hub);
    const { link, reaches, metrics } = auto(hub, door.port);
    link.start();
    await reaches("online");
    expect(link.status().way).toBe("websockets");
    await answers(hub);
    const { values } = await metrics.linkSessions.get();
    expect(values.find(({ labels }) => labels.outcome === "failed")?.value).toBe(0);
  });

  it("is not tried first again, as it is remembered what worked", async () => {
    const hub = await hubOn(cleanUp);
    const door = await silentDoor(hub);
    const { link, reaches, sessions } = auto(hub, door.port);
    link.start();
    await reaches("online");
    hub.disconnect("pi-1");
    await sessions(2);
    expect(door.knocks).toBe(1);
  });

  it("is tried now and then, while the other way goes on, and taken once it is open", async () => {
    const hub = await hubOn(cleanUp);
    const door = await silentDoor(hub);
    const { link, reaches, failures } = auto(hub, door.port, {
      tokenLifetime: 6_000,
      clock: quickClock(4),
      dialTimeout: 6_000,
      connectTimeout: 20_000,
      closeTimeout: 2_000,
    });
    link.start();
    await reaches("online");
    await waitUntil("it was tried again", () => door.knocks >= 2);
    expect(link.status()).toMatchObject({ state: "online", way: "websockets" });
    door.open();
    await waitUntil("it is taken", () => link.status().way === "mqtt");
    await answers(hub);
    expect(await failures("lost", "network", "refused")).toBe(0);
  });

  it("is told as what it is, if WebSockets do not lead there either", async () => {
    const hub = await hubOn(cleanUp);
    const door = await silentDoor(hub);
    const { link } = auto(hub, door.port, { webSocketPort: 1, dialTimeout: 300 });
    link.start();
    await waitUntil("it failed", () => link.status().lastFailure !== undefined);
    expect(link.status().lastFailure).toMatchObject({ class: "network", reason: "timeout-dialing" });
  });
});

describe("a link that is too slow for the time to dial", () => {
  it("gets there all the same: now and then an attempt is given all the time there is", async () => {
    const hub = await hubOn(cleanUp);
    const slow = createServer((socket) => {
      const inner = connect(hub.mqttPort, "127.0.0.1");
      inner.on("error", () => {});
      socket.on("error", () => {});
      // The first bytes of the hub take their time, as on a radio link.
      const held = setTimeout(() => inner.pipe(socket), 700);
      socket.pipe(inner);
      socket.on("close", () => {
        clearTimeout(held);
        inner.destroy();
      });
      inner.on("close", () => socket.destroy());
    });
    slow.listen(0, "127.0.0.1");
    await once(slow, "listening");
    cleanUp.add(() => slow.close());
    const { link, reaches, failures } = linkTo(cleanUp, hub, {
      connectionString: through(hub, (slow.address() as AddressInfo).port),
      dialTimeout: 200,
    });
    link.start();
    await reaches("online");
    expect(await failures("network")).toBe(3);
    await answers(hub);
  });
});

describe("an HTTP proxy", () => {
  async function viaProxy(options: TestProxyOptions = {}, linkOptions: Partial<LinkOptions> = {}) {
    const hub = await hubOn(cleanUp);
    const proxy = await startProxy({ leadTo: hub.webSocketPort, ...options });
    cleanUp.add(() => proxy.stop());
    const given = { transport: "auto", proxy: proxy.url, ...linkOptions } as const;
    return { hub, proxy, ...linkTo(cleanUp, hub, given) };
  }

  it("is asked for the hub's port 443, and calls come through it", async () => {
    const { hub, proxy, link, reaches } = await viaProxy();
    link.start();
    await reaches("online");
    expect(link.status().way).toBe("websockets");
    expect(proxy.tunnels).toEqual(["localhost:443"]);
    await answers(hub);
  });

  it("gets the user and password that it asks for", async () => {
    const { hub, link, reaches } = await viaProxy({ credentials: { user: "pi", password: "p@ss:word/1" } });
    link.start();
    await reaches("online");
    await answers(hub);
  });

  it("that wants a password is told, and never the one that was given", async () => {
    const { proxy, link, reaches } = await viaProxy(
      { credentials: { user: "pi", password: "right" } },
      { transport: "websockets" },
    );
    const wrong = await viaProxy({}, { transport: "websockets", proxy: proxy.url.replace("right", "wrong") });
    wrong.link.start();
    await waitUntil("it failed", () => wrong.link.status().lastFailure !== undefined);
    const { lastFailure } = wrong.link.status();
    expect(lastFailure).toMatchObject({ class: "network", reason: "proxy-407" });
    expect(JSON.stringify(lastFailure)).not.toContain("wrong");
    link.start();
    await reaches("online");
  });

  it("that is not there is told, and not taken for the hub", async () => {
    const { link } = await viaProxy({}, { transport: "websockets", proxy: "http://127.0.0.1:1" });
    link.start();
    await waitUntil("it failed", () => link.status().lastFailure !== undefined);
    expect(link.status().lastFailure).toMatchObject({
      class: "network",
      reason: "proxy-ECONNREFUSED",
      message: expect.stringContaining("link.proxy"),
    });
  });

  it("that refuses is told, and the link is back when it does no more", async () => {
    const { hub, proxy, link, reaches } = await viaProxy({}, { transport: "websockets" });
    proxy.refuse(503);
    link.start();
    await waitUntil("it failed", () => link.status().lastFailure !== undefined);
    expect(link.status().lastFailure).toMatchObject({ class: "network", reason: "proxy-503" });
    proxy.refuse(undefined);
    await reaches("online");
    await answers(hub);
  });

  it("that cuts its tunnels is a loss, and the link comes back through it", async () => {
    const { hub, proxy, link, reaches, sessions, failures } = await viaProxy({}, { transport: "websockets" });
    link.start();
    await reaches("online");
    proxy.cut();
    await sessions(2);
    expect(await failures("lost")).toBe(1);
    await answers(hub);
  });

  it("that says nothing leaves no connection behind when it is given up", async () => {
    const open = new Set<object>();
    const silent = createServer((socket) => {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => open.delete(socket));
      socket.resume();
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    cleanUp.add(() => silent.close());
    const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const hub = await hubOn(cleanUp);
    const { link } = linkTo(cleanUp, hub, { transport: "websockets", proxy, dialTimeout: 300 });
    link.start();
    await waitUntil("it failed", () => link.status().lastFailure !== undefined);
    expect(link.status().lastFailure).toMatchObject({ class: "network", reason: "timeout-dialing" });
    await link.stop();
    await waitUntil("nothing is connected", () => open.size === 0);
  });
});

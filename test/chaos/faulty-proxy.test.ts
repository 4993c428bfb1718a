import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, test } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { type FaultyProxy, startFaultyProxy } from "./support/faulty-proxy.ts";

const cleanUp = cleanUpAfterEach();

interface Client {
  readonly socket: Socket;
  readonly received: () => string;
  readonly error: () => NodeJS.ErrnoException | undefined;
}

/** An echo behind a faulty proxy, and how to connect to it. */
async function echoBehindProxy(): Promise<{ proxy: FaultyProxy; client(): Promise<Client> }> {
  const echo: Server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  cleanUp.add(() => echo.close());
  const address = echo.address();
  if (typeof address !== "object" || address === null) throw new Error("it does not listen");
  const proxy = await startFaultyProxy({ host: "127.0.0.1", port: address.port });
  cleanUp.add(() => proxy.stop());
  return {
    proxy,
    async client() {
      const socket = connect(proxy.port, "127.0.0.1");
      cleanUp.add(() => socket.destroy());
      let received = "";
      let error: Error | undefined;
      socket.setEncoding("utf8").on("data", (text: string) => {
        received += text;
      });
      socket.on("error", (failure) => {
        error = failure;
      });
      await once(socket, "connect");
      return { socket, received: () => received, error: () => error };
    },
  };
}

const gets = ({ received }: Client, text: string) =>
  waitUntil(`"${text}" arrives`, () => received() === text);

test("a road without faults carries both ways, and the end of each side", async () => {
  const { proxy, client } = await echoBehindProxy();
  const one = await client();
  one.socket.write("hello");
  await gets(one, "hello");
  expect(proxy.open).toBe(1);
  one.socket.end();
  await once(one.socket, "close");
  await waitUntil("the proxy has no connection", () => proxy.open === 0);
});

test("what vanished in a black hole arrives when it is over, as TCP sends it again", async () => {
  const { proxy, client } = await echoBehindProxy();
  const one = await client();
  one.socket.write("1");
  await gets(one, "1");
  proxy.rules = { blackHole: "down" };
  one.socket.write("2");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(one.received()).toBe("1");
  await proxy.heal();
  await gets(one, "12");
});

test("a delay holds things up without changing their order", async () => {
  const { proxy, client } = await echoBehindProxy();
  proxy.rules = { delay: 80 };
  const one = await client();
  const began = performance.now();
  one.socket.write("a");
  one.socket.write("b");
  await gets(one, "ab");
  expect(performance.now() - began).toBeGreaterThan(155);
});

test("a narrow road carries so many bytes a second", async () => {
  const { proxy, client } = await echoBehindProxy();
  proxy.rules = { bytesPerSecond: 1_000 };
  const one = await client();
  const began = performance.now();
  one.socket.write("x".repeat(300));
  await gets(one, "x".repeat(300));
  expect(performance.now() - began).toBeGreaterThan(250);
});

test("a connection is cut after exactly so many bytes, and reset if so told", async () => {
  const { proxy, client } = await echoBehindProxy();
  proxy.rules = { cutAfter: { bytes: 3, direction: "down", how: "close" } };
  const one = await client();
  one.socket.write("hello");
  await once(one.socket, "close");
  expect(one.received()).toBe("hel");
  proxy.rules = { cutAfter: { bytes: 3, direction: "up", how: "reset" } };
  const two = await client();
  two.socket.write("hello");
  await waitUntil("it is reset", () => two.error()?.code === "ECONNRESET");
});

test("a port that refuses is open again on the same number", async () => {
  const { proxy, client } = await echoBehindProxy();
  proxy.refuse();
  await expect(client()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await proxy.heal();
  const one = await client();
  one.socket.write("back");
  await gets(one, "back");
});

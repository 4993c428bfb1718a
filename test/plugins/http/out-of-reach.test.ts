import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { createHttpBench, startRawService, startService } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

const down = (message: string) => ({ status: 503, body: { error: { code: "PLUGIN_DOWN", message } } });

describe("a service that is not there is told, with scheme, host and port alone", () => {
  it("because nobody listens", async () => {
    const origin = `http://127.0.0.1:${await lastingPort()}`;
    const bench = await createHttpBench(cleanUp, { url: `${origin}/{method}?code=s3cret` });
    expect(await bench.call("side.do")).toEqual(
      down(`plugin "side" is down: ${origin} gave no answer: the connection was refused`),
    );
    expect(bench.log.text()).not.toContain("s3cret");
  });

  it("because its name is unknown", async () => {
    const bench = await createHttpBench(cleanUp, { url: "http://no-such-host.invalid/" });
    const { status, body } = await bench.call("side.do");
    expect(status).toBe(503);
    expect(body).toMatchObject({
      error: {
        message: expect.stringMatching(
          /http:\/\/no-such-host\.invalid gave no answer: its name (is unknown|could not be looked up)$/,
        ),
      },
    });
  });

  it.each([
    ["resets the connection", (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
    ["closes it", (socket: { end(): void }) => socket.end()],
  ])("because it %s before it answers; it may have done what it was asked", async (_, talk) => {
    let asked = 0;
    const service = await startRawService(cleanUp, (socket) => {
      asked += 1;
      talk(socket);
    });
    const bench = await createHttpBench(cleanUp, { url: service.url });
    const why = "the connection was closed before an answer came; the call may have been done";
    expect(await bench.call("side.do")).toEqual(
      down(`plugin "side" is down: ${service.url} gave no answer: ${why}`),
    );
    expect(asked).toBe(1);
  });

  it("because it speaks no TLS", async () => {
    const service = await startService(cleanUp, (response) => response.end());
    const bench = await createHttpBench(cleanUp, { url: service.url.replace("http:", "https:") });
    expect(await bench.call("side.do")).toMatchObject({ status: 503 });
  });
});

describe("the plugin", () => {
  it("is down after three calls in a row that reached nobody, and up with the next answer", async () => {
    const port = await lastingPort();
    const origin = `http://127.0.0.1:${port}`;
    const bench = await createHttpBench(cleanUp, { url: origin });
    await bench.call("side.do");
    await bench.call("side.do");
    expect(bench.seen).toEqual([]);
    await bench.call("side.do");
    await bench.call("side.do");
    const problem = `down: ${origin} gave no answer: the connection was refused`;
    expect(bench.seen).toEqual([problem]);
    await startService(cleanUp, (response) => response.end("1"), port);
    expect(await bench.call("side.do")).toEqual({ status: 200, body: 1 });
    expect(bench.seen).toEqual([problem, "up"]);
  });

  it("is up again without a call: while it is down the service is looked for", async () => {
    const port = await lastingPort();
    const bench = await createHttpBench(cleanUp, { url: `http://127.0.0.1:${port}` });
    for (let count = 0; count < 3; count += 1) await bench.call("side.do");
    bench.clock.advance(10_000);
    // Nobody there yet: it is looked for again.
    await waitUntil("the next look is planned", () => bench.clock.pending === 1);
    expect(bench.seen).toHaveLength(1);
    await startService(cleanUp, (response) => response.end("1"), port);
    bench.clock.advance(10_000);
    await waitUntil("it is up", () => bench.seen.at(-1) === "up");
    expect(bench.clock.pending).toBe(0);
  });

  it("is down too if nobody refuses its connections, and nobody takes them", async () => {
    const worker = new Worker(new URL("./fixtures/full-port.ts", import.meta.url));
    cleanUp.add(() => worker.terminate());
    const [{ port }] = (await once(worker, "message")) as [AddressInfo];
    const waiting = Array.from({ length: 8 }, () => connect(port, "127.0.0.1"));
    cleanUp.add(() => waiting.forEach((socket) => void socket.destroy()));
    for (const socket of waiting) socket.on("error", () => {});
    await waitUntil("the port takes some", () => waiting.some(({ connecting }) => !connecting));
    const bench = await createHttpBench(cleanUp, { url: `http://127.0.0.1:${port}` });
    for (let count = 0; count < 3; count += 1)
      expect(await bench.call("side.quick")).toMatchObject({ status: 408 });
    await waitUntil("it is down", () => bench.seen.length > 0);
    expect(bench.seen).toEqual([
      `down: http://127.0.0.1:${port} gave no answer: it did not take the connection`,
    ]);
  });

  it("is not down for an answer that is bad", async () => {
    const service = await startService(cleanUp, (response) => response.end("no JSON"));
    const bench = await createHttpBench(cleanUp, { url: service.url });
    for (let count = 0; count < 4; count += 1) await bench.call("side.do");
    expect(bench.seen).toEqual([]);
  });

  it("leaves nothing behind when it stops", async () => {
    const bench = await createHttpBench(cleanUp, { url: `http://127.0.0.1:${await lastingPort()}` });
    for (let count = 0; count < 3; count += 1) await bench.call("side.do");
    await bench.plugin.stop();
    expect(bench.clock.pending).toBe(0);
  });
});

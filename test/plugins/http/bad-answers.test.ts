import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createHttpBench, startRawService, startService } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

const failed = (message: string) => ({ status: 500, body: { error: { code: "METHOD_FAILED", message } } });

it.each([
  ["a page", 502, "text/html", "<html>\n  <h1>Bad gateway</h1>", '"<html> <h1>Bad gateway</h1>"'],
  ["a text", 200, undefined, "fine", '"fine"'],
  ["half of JSON", 200, "application/json", '{"on":', '"{\\"on\\":"'],
  ["bytes", 200, "image/png", Buffer.from([0x22, 0xff, 0xfe, 0x22]), '"\\"\uFFFD\uFFFD\\""'],
])("%s is not JSON, and its start is shown", async (_, status, type, body, start) => {
  const service = await startService(cleanUp, (response) =>
    response.writeHead(status, type === undefined ? {} : { "content-type": type }).end(body),
  );
  const bench = await createHttpBench(cleanUp, { url: service.url });
  const message = `${service.url} answered ${status} and ${type ?? "no content type"}, which is not JSON: ${start}`;
  expect(await bench.call("side.do")).toEqual(failed(message));
});

it("a redirect is not followed", async () => {
  const service = await startService(cleanUp, (response) =>
    response.writeHead(307, { location: "/other?token=s3cret" }).end(),
  );
  const bench = await createHttpBench(cleanUp, { url: service.url });
  const message = `${service.url} answered 307, which leads elsewhere (/other); redirects are not followed, so set url to the last place`;
  expect(await bench.call("side.do")).toEqual(failed(message));
  expect(service.requests).toHaveLength(1);
});

it("what is compressed is not unpacked: it was not asked for, and may be a thousand times as large", async () => {
  const service = await startService(cleanUp, (response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("1")),
  );
  const bench = await createHttpBench(cleanUp, { url: service.url });
  expect(await bench.call("side.do")).toEqual(
    failed(`${service.url} answered in the encoding gzip, which was not asked for`),
  );
});

it.each([
  ["says so", { "content-length": String(1024 ** 3) }],
  ["does not", {}],
])("an answer that is too large and %s is not read on", async (_, headers) => {
  const closed = Promise.withResolvers<void>();
  let sent = 0;
  const service = await startService(cleanUp, (response) => {
    response.writeHead(200, headers);
    response.once("close", closed.resolve);
    const pour = (): void => {
      if (response.destroyed) return;
      sent += 64 * 1024;
      if (response.write("7".repeat(64 * 1024))) setImmediate(pour);
      else response.once("drain", pour);
    };
    pour();
  });
  const bench = await createHttpBench(cleanUp, { url: service.url });
  expect(await bench.call("side.do")).toMatchObject({
    status: 413,
    body: { error: { code: "REPLY_TOO_LARGE", details: { limit: 131_072 } } },
  });
  await closed.promise;
  // What lies in the buffers of two sockets on the way.
  expect(sent).toBeLessThan(16 * 1024 ** 2);
});

it("as large as the hub takes is not too large", async () => {
  const text = `"${"x".repeat(128 * 1024 - 2)}"`;
  const service = await startService(cleanUp, (response) => response.end(text));
  const bench = await createHttpBench(cleanUp, { url: service.url });
  expect(await bench.call("side.do")).toEqual({ status: 200, body: JSON.parse(text) });
});

it("one that is broken off has failed", async () => {
  const service = await startRawService(cleanUp, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"on":'),
  );
  const bench = await createHttpBench(cleanUp, { url: service.url });
  expect(await bench.call("side.do")).toEqual(failed(`${service.url} broke off its answer after 6 bytes`));
});

it("one that comes drop by drop is waited for as long as the call may take", async () => {
  const closed = Promise.withResolvers<void>();
  const service = await startRawService(cleanUp, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    const timer = setInterval(() => socket.write(" "), 10);
    socket.once("close", () => {
      clearInterval(timer);
      closed.resolve();
    });
  });
  const bench = await createHttpBench(cleanUp, { url: service.url });
  expect(await bench.call("side.quick")).toMatchObject({ status: 408 });
  await closed.promise;
  expect(bench.log.text()).not.toContain("broke off");
});

it("what is not HTTP has failed", async () => {
  const service = await startRawService(cleanUp, (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  const bench = await createHttpBench(cleanUp, { url: service.url });
  const { body, status } = await bench.call("side.do");
  expect(status).toBe(500);
  expect(body).toMatchObject({
    error: {
      code: "METHOD_FAILED",
      message: expect.stringMatching(`^${service.url} answered with what is not HTTP \\(HPE_`),
    },
  });
});

import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { openPluginFolder } from "../folder.ts";
import { type SeenRequest, startService } from "./service.ts";

const cleanUp = cleanUpAfterEach();

async function openScene(answer: (response: ServerResponse, request: SeenRequest) => void, more = "") {
  const service = await startService(cleanUp, answer);
  const folder = await openPluginFolder(cleanUp, {
    "side.plugin.yaml": `url: http://127.0.0.1:${service.port}/api/{method}?x=1
headers: { authorization: Bearer abc }
methods:
  side: { timeout: 1s }
  side.größe: {}
tasks: { nightly: { cron: "0 3 * * *" } }
${more}`,
  });
  return { service, ...folder };
}

it("a call is POSTed as JSON, with what it is in the headers, and the answer is the reply", async () => {
  const { service, call, status } = await openScene((response) => response.end('{"open": true}'));
  expect(status("side")).toMatchObject({ kind: "http", up: true });
  expect(await call("side", { on: true })).toMatchObject({ status: 200, body: { open: true } });
  expect(service.requests[0]).toMatchObject({
    method: "POST",
    url: "/api/side?x=1",
    body: '{"on":true}',
    headers: {
      authorization: "Bearer abc",
      "content-type": "application/json",
      "hubhand-plugin": "side",
      "hubhand-method": "side",
      "hubhand-request-id": "r1",
      "hubhand-timeout-ms": "1000",
    },
  });
});

it("a method's name is made fit for a URL and a header", async () => {
  const { service, call } = await openScene((response) => response.end("1"));
  expect((await call("side.größe")).status).toBe(200);
  expect(service.requests[0]).toMatchObject({
    url: "/api/side.gr%C3%B6%C3%9Fe?x=1",
    body: "null",
    headers: { "hubhand-method": "side.gr%C3%B6%C3%9Fe" },
  });
});

it("a task is POSTed too; from 400 on it has failed", async () => {
  const { service, schedule } = await openScene((response, { headers }) => {
    response.statusCode = headers["hubhand-task"] === "nightly" && service.requests.length > 1 ? 500 : 204;
    response.end();
  });
  expect(await schedule.runNow("side", "nightly")).toBe("ok");
  expect(await schedule.runNow("side", "nightly")).toBe("failed");
});

it("connections are kept and used again", async () => {
  const { service, call } = await openScene((response) => response.end("1"));
  for (let n = 0; n < 5; n += 1) await call("side");
  expect(new Set(service.requests.map(({ socket }) => socket)).size).toBe(1);
});

it.each([
  [201, '{"id":1}', { status: 201, body: { id: 1 } }],
  [204, "", { status: 204, body: null }],
  [404, '{"error":"no such valve"}', { status: 404, body: { error: "no such valve" } }],
  [503, '"later"', { status: 503, body: "later" }],
])("status %d and its payload go through", async (status, text, expected) => {
  const { call } = await openScene((response) => response.writeHead(status).end(text));
  expect(await call("side")).toMatchObject(expected);
});

describe("an answer that is of no use is METHOD_FAILED, and says what it is", () => {
  it("not JSON", async () => {
    const { call } = await openScene((response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>Hello</h1>"),
    );
    expect(await call("side")).toMatchObject({
      status: 500,
      code: "METHOD_FAILED",
      message: expect.stringMatching(
        /^the service of plugin "side" at 127\.0\.0\.1:\d+: it answered 200 with text\/html, which is not JSON: "<h1>Hello<\/h1>"$/,
      ),
    });
  });

  it("a redirect, which is not followed", async () => {
    const { call, service } = await openScene((response) =>
      response.writeHead(307, { location: "/other" }).end(),
    );
    expect((await call("side")).message).toContain("it answered with 307, and redirects are not followed");
    expect(service.requests).toHaveLength(1);
  });

  it("compressed, which was not asked for", async () => {
    const { call } = await openScene((response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"a":1}')),
    );
    expect((await call("side")).message).toContain("in the encoding gzip");
  });

  it("cut off", async () => {
    const { call } = await openScene((response) => {
      response.writeHead(200, { "content-length": "100" }).write('{"a":');
      setTimeout(() => response.destroy(), 20);
    });
    expect((await call("side")).message).toContain("its answer was cut off after 5 bytes");
  });
});

it("one without an end is not read to it: REPLY_TOO_LARGE", async () => {
  const { call } = await openScene((response) => {
    const chunk = "x".repeat(65_536);
    const more = (): void => {
      if (!response.destroyed) response.write(chunk, more);
    };
    more();
  });
  expect(await call("side")).toMatchObject({ status: 413, code: "REPLY_TOO_LARGE" });
});

it("one that never comes, or that dribbles, is given up when the call's time is over", async () => {
  const { call, service } = await openScene((response, { body }) => {
    if (body === "1") return;
    const timer = setInterval(() => response.write(" "), 20);
    response.once("close", () => clearInterval(timer));
  });
  expect((await Promise.all([call("side", 1), call("side", 2)])).map(({ code }) => code)).toEqual([
    "METHOD_TIMED_OUT",
    "METHOD_TIMED_OUT",
  ]);
  await waitUntil("the requests are aborted", () => service.requests.every(({ socket }) => socket.destroyed));
});

describe("a service that is not there", () => {
  it("is PLUGIN_DOWN; it may start after the agent, and is used when it does", async () => {
    const { call, service, status } = await openScene((response) => response.end("1"));
    await service.stop();
    expect(await call("side")).toMatchObject({
      status: 503,
      code: "PLUGIN_DOWN",
      message: `the service of plugin "side" at 127.0.0.1:${service.port} did not answer: ECONNREFUSED`,
    });
    expect(status("side")?.up).toBe(true);
    await call("side");
    await call("side");
    expect(status("side")).toMatchObject({ up: false, problem: expect.stringContaining("ECONNREFUSED") });
    await startService(cleanUp, (response) => response.end("2"), service.port);
    expect(await call("side")).toMatchObject({ status: 200, body: 2 });
    expect(status("side")?.up).toBe(true);
  });

  it("resets the connection instead of answering: the call is not repeated, as it may have begun", async () => {
    const { call, service } = await openScene((_, { socket }) => socket.resetAndDestroy());
    expect(await call("side")).toMatchObject({ status: 503, code: "PLUGIN_DOWN" });
    expect(service.requests).toHaveLength(1);
  });
});

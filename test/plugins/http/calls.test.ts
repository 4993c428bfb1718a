import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createHttpBench, startService } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

describe("a call", () => {
  it("is POSTed as JSON, with what the service needs to know in headers", async () => {
    const service = await startService(cleanUp, (response) => response.end('{"on":true}'));
    const bench = await createHttpBench(cleanUp, {
      url: `${service.url}/v1/{method}?twice={method}`,
      headers: { "X-Key": "abc", Accept: "application/vnd.acme+json" },
      methods: { "side.größe": { timeout: "5s" } },
    });
    expect(await bench.call("side.größe", { on: true })).toEqual({ status: 200, body: { on: true } });
    const [request] = service.requests;
    expect(request).toMatchObject({
      method: "POST",
      url: "/v1/side.gr%C3%B6%C3%9Fe?twice=side.gr%C3%B6%C3%9Fe",
      body: '{"on":true}',
      headers: {
        "content-type": "application/json",
        "content-length": "11",
        "hubhand-plugin": "side",
        "hubhand-method": "side.gr%C3%B6%C3%9Fe",
        "hubhand-request-id": "r1",
        "hubhand-timeout-ms": "5000",
        "x-key": "abc",
        accept: "application/vnd.acme+json",
        "accept-encoding": "identity",
      },
    });
  });

  it("goes to the address as it is if that has no {method}; no payload is null", async () => {
    const service = await startService(cleanUp, (response) => response.end());
    const bench = await createHttpBench(cleanUp, { url: `${service.url}/rpc` });
    expect(await bench.call("side.do")).toEqual({ status: 200, body: null });
    expect(service.requests).toMatchObject([{ url: "/rpc", body: "null" }]);
  });

  it("uses a connection again", async () => {
    const service = await startService(cleanUp, (response) => response.end("1"));
    const bench = await createHttpBench(cleanUp, { url: service.url });
    for (let count = 0; count < 5; count += 1) await bench.call("side.do");
    expect(service.requests).toHaveLength(5);
    expect(service.connections).toBe(1);
  });

  it.each([
    [201, '{"a":1}', { a: 1 }],
    [404, '{"error":"no relay"}', { error: "no relay" }],
    [503, "", null],
    [204, "", null],
    [599, "[]", []],
  ])("gets the service's own status %d and payload", async (status, text, body) => {
    const service = await startService(cleanUp, (response) => response.writeHead(status).end(text));
    const bench = await createHttpBench(cleanUp, { url: service.url });
    expect(await bench.call("side.do")).toEqual({ status, body });
  });

  it("tells the service that its time is over: the connection is closed", async () => {
    const closed = Promise.withResolvers<void>();
    const service = await startService(cleanUp, (response) => response.once("close", closed.resolve));
    const bench = await createHttpBench(cleanUp, { url: service.url });
    expect(await bench.call("side.quick")).toMatchObject({
      status: 408,
      body: { error: { code: "METHOD_TIMED_OUT" } },
    });
    await closed.promise;
  });
});

describe("headers may name settings, so that a token need not stand in the declaration", () => {
  const url = "http://127.0.0.1:9/";

  it("and are filled in", async () => {
    const service = await startService(cleanUp, (response) => response.end());
    const bench = await createHttpBench(
      cleanUp,
      { url: service.url, headers: { Authorization: "Bearer {settings.token}" } },
      { token: "t0p" },
    );
    await bench.call("side.do");
    expect(service.requests[0]?.headers.authorization).toBe("Bearer t0p");
  });

  it("that are there", async () => {
    const headers = { Authorization: "Bearer {settings.token}" };
    await expect(createHttpBench(cleanUp, { url, headers })).rejects.toThrow(
      'headers: "Authorization" needs the setting "token", a text or a number',
    );
  });

  it("and fit into a header, without being shown", async () => {
    const made = createHttpBench(cleanUp, { url, headers: { X: "{settings.token}" } }, { token: "a\nb" });
    await expect(made).rejects.toThrow(/^headers: a setting has a sign that the header "X" cannot have$/);
  });
});

describe("a task", () => {
  const tasks = { nightly: { cron: "0 3 * * *" } };
  const signal = new AbortController().signal;

  it("is POSTed with its name", async () => {
    const service = await startService(cleanUp, (response) => response.writeHead(204).end());
    const { plugin, log } = await createHttpBench(cleanUp, { url: `${service.url}/{method}`, tasks });
    await plugin.tasks[0]?.run({ signal, logger: log.logger });
    expect(service.requests).toMatchObject([
      { url: "/nightly", body: "null", headers: { "hubhand-task": "nightly", "hubhand-plugin": "side" } },
    ]);
  });

  it("has failed if the service says so", async () => {
    const service = await startService(cleanUp, (response) => response.writeHead(500).end("no\n relay"));
    const { plugin, log } = await createHttpBench(cleanUp, { url: service.url, tasks });
    await expect(plugin.tasks[0]?.run({ signal, logger: log.logger })).rejects.toThrow(
      `${service.url} answered 500: "no relay"`,
    );
  });
});
